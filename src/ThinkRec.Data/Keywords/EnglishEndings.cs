namespace ThinkRec.Data.Keywords;

/// <summary>What the ends of English words tell. Words with other letters than a to z are left as they are.</summary>
internal static class EnglishEndings
{
    private const int ShortestPlural = 4;

    /// <summary>Makes one of a word's singular and plural, so that they count together. The result is a key and need not be a word.</summary>
    /// <param name="word">A word in lower case.</param>
    public static string WithoutPlural(string word)
    {
        if (word.Length < ShortestPlural || word[^1] != 's' || !IsPlain(word) || Ends(word, "ss") || Ends(word, "us") || Ends(word, "is"))
        {
            return word;
        }
        return Ends(word, "ies") && word.Length > ShortestPlural ? word[..^3] + "y"
            : Ends(word, "sses") || Ends(word, "shes") || Ends(word, "ches") || Ends(word, "xes") || Ends(word, "zzes") ? word[..^2]
            : word[..^1];
    }

    /// <summary>How likely a single word is to name something, and not to say what is done or how: 0 to 1.</summary>
    /// <param name="word">A word in lower case.</param>
    public static double NounShare(string word) => !IsPlain(word) || word.Length < ShortestPlural + 1 ? 1
        : Ends(word, "ly") ? 0.1
        : Ends(word, "ed") ? 0.3
        : Ends(word, "ing") || Ends(word, "ful") || Ends(word, "able") || Ends(word, "ous") ? 0.5
        : 1;

    private static bool IsPlain(string word) => word.All(char.IsAsciiLetterLower);

    private static bool Ends(string word, string ending) => word.EndsWith(ending, StringComparison.Ordinal);
}
