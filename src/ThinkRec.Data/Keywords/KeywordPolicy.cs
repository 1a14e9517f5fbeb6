namespace ThinkRec.Data.Keywords;

/// <summary>What becomes of keywords that are there already.</summary>
public enum KeywordPolicy
{
    /// <summary>They stay; items without any get new ones.</summary>
    Fill,

    /// <summary>They stay and come first; new ones follow up to the number wanted.</summary>
    Merge,

    /// <summary>New ones take their place; items for which there are no new ones keep theirs.</summary>
    Overwrite,
}
