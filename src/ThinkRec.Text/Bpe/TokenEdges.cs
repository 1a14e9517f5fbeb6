namespace ThinkRec.Text.Bpe;

/// <summary>What an added token asks of the text around it, and takes of it.</summary>
[Flags]
internal enum TokenEdges
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It does not stand within a word.</summary>
    SingleWord = 1,

    /// <summary>It takes the white space before it.</summary>
    StripsLeft = 2,

    /// <summary>It takes the white space after it.</summary>
    StripsRight = 4,
}
