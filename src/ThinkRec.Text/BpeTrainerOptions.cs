namespace ThinkRec.Text;

/// <summary>What a new tokenizer shall be like.</summary>
public sealed record BpeTrainerOptions
{
    /// <summary>Number of tokens at most, special tokens and the 256 bytes included; fewer when the texts hold no
    /// further pair often enough. Default 4096.</summary>
    public int VocabularySize { get; init; } = 4096;

    /// <summary>Texts that must be one token where they stand as one piece of text, such as " Yes".</summary>
    public IReadOnlyList<string> RequiredTokens { get; init; } = [];

    /// <summary>How often a pair must occur to become a token. Default 2.</summary>
    public int MinFrequency { get; init; } = 2;
}
