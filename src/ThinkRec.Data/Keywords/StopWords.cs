namespace ThinkRec.Data.Keywords;

/// <summary>English words that say nothing about an item: they end a phrase and are no keyword.</summary>
internal static class StopWords
{
    private const string Grammar = """
        a about above across after again against ain all almost alone along already also although always am among an and another any anybody anyone anything anyway
        anywhere are aren around as at away back be became because become becomes been before behind being below beneath beside besides between beyond both but by came
        can cannot come comes could couldn despite did didn do does doesn doing don done down during each either else enough even ever every everybody everyone
        everything everywhere except few for former forward from further gave get gets getting give given gives giving go goes going gone got had hadn has hasn have
        haven having he her here hers herself him himself his how however i if ii iii in indeed inside instead into is isn it its itself iv ix just keep keeps kept know
        known knows last later least less let lets like likely ll made make makes making many may maybe me mean means meanwhile might mine more moreover most mostly
        much must mustn my myself near nearly neither never next no nobody non none nor not nothing now nowhere of off often on once one only onto or other others
        otherwise our ours ourselves out outside over own per perhaps put puts quite rather re really said same saw say says see seem seems seen several shall she
        should shouldn since so some somebody somehow someone something sometimes somewhere soon still such take taken takes taking tell tells than that the their
        theirs them themselves then there thereby therefore these they thing things this those though through throughout thus till to together too took toward towards
        under unless until up upon us use used uses using usually ve very vi via vii viii want wants was wasn way ways we well went were weren what whatever when
        whenever where whereas wherever whether which while who whoever whole whom whose why will with within without won would wouldn yet you your yours yourself
        yourselves
        """;

    private const string Common = """
        able act acts actually add added adds ago agree agrees ahead allow allowed allows amount appear appears area arrive arrived arrives ask asked asks attempt
        attempts available base based began begin beginning begins begun behavior believe believes best better big bigger biggest bit bring brings brought bunch call
        called calls case cases catch cause causes central certain chance chances change changes clear close closer common complete completely consider constant contain
        containing contains continue continues convince convinces course create created creates current currently day days deal decide decided decides decision deep
        deeper die dies different difficult discover discovered discovers due early easily easy effect effects effort efforts eight eighth eleven encounter encounters
        end ending ends enter enters entire especially etc event events eventually exactly experience experiences fact fair fall fallen falls far feature featured
        features featuring feel feels feet felt fifth figure figures fill filled final finally find finding finds fine first five flat focus focuses follow followed
        following follows force forced forces form forms forth found four fourth free full fully gain general generally goal goals greatest grow growing grown grows
        half hand hands happen happened happens hard head heads held help helped helping helps hire hires hit hits hold holds hope hot hundred hundreds idea important
        impossible include included includes including interest invite invites involve involved involves involving issue issues item items join joins keeping key kind
        large largest late latest lead leading leads learn learned learns leave leaves leaving led left line list live lived lives living local location longer look
        looking looks lose loses lost lot lots low main major manage manages matter meet meeting meets member members met middle miles mind minute minutes miss moment
        month months move moves name named names need needed needs newly nice night nine number numerous object objects offer offered offers older open order orders
        original originally part particular particularly parts pass past people person personal perspective persuade piece pieces place placed places plan plans play
        played plays point position possible potential presence present presents pretty prevent prevents process promise promises prove proves provide provided provides
        pull pulls quickly raise raises reach ready realize realizes reason receive recently refuse refuses remain remains request rest result return returned returning
        returns reveal reveals rid right rise role roles run running runs scene scenes second seek seeking seeks sees send sends sense sent separate set sets settle
        seven seventh share short shot show showing shown shows side simple simply single sit situation six sixth somewhat source special spend spends spent stand
        stands start started starting starts state stay stays step stop straight strange struggle struggles stumbles subject success suddenly support sure surprise tale
        ten tend term terms thinks third thought thousand thousands three tie time times title told top total totally tries true truly try trying turn turned turning
        turns twelve twenty twice two type unable understand unknown unlike unusual upcoming usual various visit visits wait watch wear wears week weeks whilst wide
        willing wish wishes word work worked working works world worth write written wrong year years younger
        """;

    // What shops, publishers and encyclopedias say about everything they have.
    private const string Trade = """
        amazon appendix asin author authors award awarded awards beautiful bestseller bestsellers bestselling bibliography book books brand buy cast cd chapter chapters
        character characters click collection com comprehensive configuration copy customer customers cut delivered describe describes description detail detailed
        details directed director discuss discusses distributed dvd edition enjoy entries entry essential examine examines excellent explain explains explore explores
        fan fans fascinating favorite film films hardcover href html http https imdb introduction isbn located manner million movie movies nbsp nested nominated
        nomination novel novels page pages paperback perfect plot plus popular practical preface premiere premiered price print printed produced producer product
        products published publisher purchase quality quot read reader readers reading receiver recommended release released reprint review reviewed reviews sale
        screenplay sell seller series sold star starred starring stars stories story text today unique version vhs video view views volume wikipedia www
        """;

    // Said of something; and two items with a Tom have nothing in common, but with a Tom Hanks they have.
    private const string Company = """
        bad coming east good great happy high hour hours las little long los new north old real saint san santa small south west young
        adam alan albert alex alice andrew andy anna anne annie anthony arthur barbara ben bill billy bob bobby brian carl carol catherine charles charlie chris
        christine chuck claire daniel danny dave david ed eddie edward elizabeth emily emma eric frank fred gary george harry helen henry howard jack jake james jane
        jason jean jeff jennifer jenny jerry jessica jim jimmy joan joe joey john johnny jonathan joseph josh julia julie karen kate kathy keith ken kevin larry laura
        lee leo linda lisa louis lucy maggie margaret maria marie mark martin mary matt max michael michelle mike nancy nick oliver patrick paul peter phil philip ralph
        ray richard rob robert roger ron ronnie rose roy russell ruth sally sam sandra sarah scott sean simon stella stephen steve steven stuart sue susan ted terry
        thomas tim tom tommy tony victor vincent walter wendy william
        """;

    private static readonly HashSet<string> Words = [.. Split(Grammar), .. Split(Common), .. Split(Trade)];
    private static readonly HashSet<string> Parts = [.. Split(Company)];

    /// <summary>Whether a word in lower case is one of them.</summary>
    public static bool Contains(string word) => Words.Contains(word);

    /// <summary>Whether a word in lower case is a keyword only together with another one.</summary>
    public static bool NeedsCompany(string word) => Parts.Contains(word);

    private static string[] Split(string words) => words.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
}
