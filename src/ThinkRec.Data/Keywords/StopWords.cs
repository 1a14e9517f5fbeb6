namespace ThinkRec.Data.Keywords;

/// <summary>English words that say nothing about an item: they end a phrase and are no keyword.</summary>
internal static class StopWords
{
    private const string Grammar = """
        a about above across after again against all almost alone along already also although always am among an and another any anybody anyone anything anyway anywhere
        are around as at away back be became because become becomes been before behind being below beneath beside besides between beyond both but by came can cannot come comes
        could despite did do does doing done down during each either else enough even ever every everybody everyone everything everywhere except few for former forward
        from further gave get gets getting give given gives giving go goes going gone got had has have having he her here hers herself him himself his how however i if in
        indeed inside instead into is it its itself just keep keeps kept know known knows last later least less let lets like likely made make makes making many may maybe
        me mean means meanwhile might mine more moreover most mostly much must my myself near nearly neither never next no nobody non none nor not nothing now nowhere of off
        often on once one only onto or other others otherwise our ours ourselves out outside over own per perhaps put puts quite rather really said same saw say says see seem
        seems seen several shall she should since so some somebody somehow someone something sometimes somewhere soon still such take taken takes taking tell tells than that the their
        theirs them themselves then there thereby therefore these they thing things this those though through throughout thus till to together too took toward towards
        under unless until up upon us use used uses using usually very via want wants was way ways we well went were what whatever when whenever where whereas wherever
        whether which while who whoever whole whom whose why will with within without would yet you your yours yourself yourselves
        aren couldn didn doesn don hadn hasn haven isn ll mustn re shouldn ve wasn weren won wouldn ain ii iii iv vi vii viii ix
        """;

    private const string Common = """
        able actually add added adds ago agree agrees ahead allow allowed allows although amount appear appears area ask asked asks available based begin beginning begins began begun
        believe believes best better biggest bit bring brings brought call called calls cause causes certain change changes clear close complete completely consider
        containing contain contains continue continues course current currently day days deal decide decided decides despite different difficult discover discovered discovers
        due early easily easy eight eighth eleven end ending ends entire especially etc eventually exactly fact fall falls far feature featured features featuring feel feels felt fifth fill filled
        final finally find finding finds fine first five follow followed following follows force forced forces form forms forth found four fourth full fully gain general
        generally greatest half happen happened happens hard help helped helping helps himself hold holds hope hundred hundreds idea important include included
        includes including involved interest issue join joins keeping kind large largest late latest lead leading leads learn learned learns leave leaves leaving led left line list live lived lives living
        local longer look looking looks lose loses lost lot lots low main major manage manages matter meet meeting meets met mind minute minutes moment month months move moves
        name named names need needed needs newly night nine number numerous offer offered offers older open original originally outside part particular particularly parts pass past people
        person persuade place placed places plan plans play played plays point possible present presents prove proves provide provided provides quickly quite reach ready realize realizes
        reason receive recently refuse refuses remain remains result return returned returning returns reveal reveals right run running runs second seek seeking seeks send sends sent separate set sets settle
        seven seventh share short show showing shown shows side simple simply single sit six sixth special start started starting starts state stay stays step stop struggle struggles
        success suddenly sure surprise tale ten tend third thought thousand thousands three time times title told total totally true truly try trying tries turn turned turning turns
        act acts arrive arrived arrives attempt attempts base behavior big bigger bunch case cases catch central chance chances closer common constant convince convinces create created creates
        decision deep deeper die dies effect effects effort efforts encounter encounters enter enters event events experience experiences fair fallen feet figure figures flat focus focuses free
        goal goals grow grown growing grows hand hands head heads held hire hires hit hits hot impossible invite invites involve involves involving issues item items key location member members middle
        miles miss nice object objects order orders personal perspective piece pieces position potential presence pretty prevent prevents process promise promises pull pulls raise raises request rest rid
        rise role roles scene scenes sees sense shot situation somewhat source spend spends spent stand stands straight strange stumbles subject support term terms thinks tie top unknown unusual upcoming visit visits
        wear wears whilst wish wishes
        twelve twenty twice two type unable understand unlike usual various wait watch week weeks wide willing won word work worked working works world worth write written wrong year years younger
        """;

    // What shops, publishers and encyclopedias say about everything they have.
    private const string Trade = """
        amazon author authors award awarded awards best-selling bestseller bestsellers bestselling book books brand buy cast cd character characters click collection com copy customer customers cut description
        detail details directed director distributed dvd edition enjoy essential excellent fan fans favorite film films hardcover href html http https imdb introduction isbn item items million
        movie movies nbsp novel novels nominated nomination number one-of-a-kind paperback perfect plot popular premiere premiered price print printed produced producer product products published publisher
        purchase quality quot read reader readers reading receiver recommended release released reprint review reviewed reviews sale screenplay sell seller series sold star starred starring stars stories story
        text version vhs video volume wikipedia written www
        """;

    // Said of something; and two items with a Tom have nothing in common, but with a Tom Hanks they have.
    private const string Company = """
        bad big coming east good great happy high hour hours las little long los new north old real saint san santa small south west young

        adam alan albert alex alice andrew andy anna anne annie anthony arthur barbara ben bill billy bob bobby brian carl carol catherine charles charlie chris christine chuck claire daniel danny dave david
        ed eddie edward elizabeth emily emma eric frank fred gary george harry helen henry howard jack jake james jane jason jean jeff jennifer jenny jerry jessica jim jimmy joan joe joey john johnny jonathan
        joseph josh julia julie karen kate kathy keith ken kevin larry laura lee leo linda lisa louis lucy maggie margaret maria marie mark martin mary matt max michael michelle mike nancy nick
        oliver patrick paul peter phil philip ralph ray richard rob robert roger ron ronnie rose roy russell ruth sally sam sandra sarah scott sean simon stella stephen steve steven stuart sue susan
        ted terry thomas tim tom tommy tony victor vincent walter wendy william
        """;

    private static readonly HashSet<string> Words = [.. Split(Grammar), .. Split(Common), .. Split(Trade)];
    private static readonly HashSet<string> Parts = [.. Split(Company)];

    /// <summary>Whether a word in lower case is one of them.</summary>
    public static bool Contains(string word) => Words.Contains(word);

    /// <summary>Whether a word in lower case is a keyword only together with another one.</summary>
    public static bool NeedsCompany(string word) => Parts.Contains(word);

    private static string[] Split(string words) => words.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
}
