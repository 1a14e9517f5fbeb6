namespace ThinkRec.Data;

/// <summary>The properties of the built-in world's films, the words their titles use, and the tastes of the planted groups.</summary>
internal static class WorldVocabulary
{
    public const int NumGroups = 3;

    /// <summary>The values of each axis: genre, setting, mood, era.</summary>
    public static readonly string[][] Axes =
    [
        ["war", "comedy", "mystery", "romance", "horror", "western", "adventure", "crime"],
        ["space", "ocean", "desert", "city", "village", "jungle", "castle", "mountain"],
        ["tense", "gentle", "funny", "dark", "dreamy", "hopeful"],
        ["ancient", "medieval", "vintage", "modern", "future"],
    ];

    /// <summary>All values, axis after axis; a property's number is its place here.</summary>
    public static readonly string[] Values = [.. Axes.SelectMany(axis => axis)];

    /// <summary>Number of the first value of each axis.</summary>
    public static readonly int[] Starts = [0, 8, 16, 22];

    /// <summary>Words for titles by value: nouns for genre and setting, adjectives for mood and era.</summary>
    public static readonly Dictionary<string, string[]> TitleWords = new(StringComparer.Ordinal)
    {
        ["war"] = ["Soldier", "Banner", "Trench", "Battle", "Medal", "Drum", "Captain", "Iron"],
        ["comedy"] = ["Circus", "Wedding", "Uncle", "Parade", "Monkey", "Clown", "Picnic", "Joke"],
        ["mystery"] = ["Secret", "Letter", "Riddle", "Key", "Mirror", "Clue", "Mask", "Whisper"],
        ["romance"] = ["Kiss", "Rose", "Heart", "Dance", "Promise", "Bride", "Waltz", "Ribbon"],
        ["horror"] = ["Ghost", "Grave", "Scream", "Bone", "Witch", "Fang", "Coffin", "Curse"],
        ["western"] = ["Rider", "Saddle", "Sheriff", "Ranch", "Outlaw", "Spur", "Stallion", "Wagon"],
        ["adventure"] = ["Treasure", "Map", "Compass", "Quest", "Voyage", "Explorer", "Trail", "Rope"],
        ["crime"] = ["Thief", "Alibi", "Verdict", "Heist", "Badge", "Gangster", "Bullet", "Jury"],
        ["space"] = ["Comet", "Orbit", "Star", "Planet", "Rocket", "Moon", "Galaxy", "Signal"],
        ["ocean"] = ["Harbor", "Tide", "Wave", "Anchor", "Reef", "Sail", "Island", "Whale"],
        ["desert"] = ["Dune", "Oasis", "Sand", "Cactus", "Mirage", "Caravan", "Scorpion", "Canyon"],
        ["city"] = ["Street", "Tower", "Subway", "Avenue", "Rooftop", "Taxi", "Neon", "Alley"],
        ["village"] = ["Orchard", "Cottage", "Mill", "Meadow", "Church", "Bakery", "Fence", "Well"],
        ["jungle"] = ["Tiger", "Vine", "River", "Parrot", "Temple", "Panther", "Fern", "Canopy"],
        ["castle"] = ["Throne", "Crown", "Knight", "Dungeon", "Gate", "Queen", "Banquet", "Sword"],
        ["mountain"] = ["Summit", "Peak", "Glacier", "Ridge", "Eagle", "Avalanche", "Valley", "Cliff"],
        ["tense"] = ["Silent", "Sudden", "Narrow", "Hunted", "Final", "Sharp"],
        ["gentle"] = ["Quiet", "Tender", "Soft", "Kind", "Little", "Warm"],
        ["funny"] = ["Happy", "Silly", "Crazy", "Merry", "Clumsy", "Lucky"],
        ["dark"] = ["Black", "Hollow", "Bitter", "Cold", "Broken", "Grim"],
        ["dreamy"] = ["Velvet", "Floating", "Misty", "Silver", "Endless", "Strange"],
        ["hopeful"] = ["Bright", "Golden", "Rising", "Brave", "New", "Shining"],
        ["ancient"] = ["Bronze", "Sacred", "Forgotten", "Marble", "Buried", "Eternal"],
        ["medieval"] = ["Royal", "Noble", "Crooked", "Scarlet", "Holy", "Wild"],
        ["vintage"] = ["Old", "Painted", "Paper", "Dusty", "Faded", "Grand"],
        ["modern"] = ["Electric", "Glass", "Plastic", "Fast", "Concrete", "Busy"],
        ["future"] = ["Last", "Digital", "Chrome", "Atomic", "Distant", "Virtual"],
    };

    private static readonly string[] Likes =
    [
        "war western crime space desert tense dark future",
        "romance comedy village castle gentle hopeful vintage medieval",
        "mystery adventure horror ocean jungle mountain dreamy ancient",
    ];

    private static readonly string[] Dislikes =
    [
        "romance comedy village ocean gentle dreamy vintage",
        "war horror crime jungle desert dark tense future",
        "western comedy city space funny hopeful modern",
    ];

    /// <summary>What each group thinks of each value: 1 likes, -1 dislikes, 0 neither.</summary>
    public static readonly int[][] Tastes =
    [
        .. Enumerable.Range(0, NumGroups).Select(group => Values
            .Select(value => Likes[group].Split(' ').Contains(value) ? 1 : Dislikes[group].Split(' ').Contains(value) ? -1 : 0)
            .ToArray()),
    ];

    /// <summary>The axis of a value.</summary>
    public static int AxisOf(int value) => Array.FindLastIndex(Starts, start => start <= value);
}
