namespace ThinkRec.Models.Llm;

/// <summary>How to go on from a prompt.</summary>
public sealed record GenerationOptions
{
    /// <summary>At most so many new tokens.</summary>
    public int MaxNewTokens { get; init; } = 64;

    /// <summary>Stop tokens do not come before so many new ones.</summary>
    public int MinNewTokens { get; init; }

    /// <summary>Divides the logits; 0 takes the likeliest token always.</summary>
    public double Temperature { get; init; }

    /// <summary>Only the k likeliest tokens take part, and those as likely as the last of them; 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>Only the likeliest tokens that together reach this probability take part; 1 for all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Only tokens take part that have this share of the likeliest one's probability; 0 for all.</summary>
    public double MinP { get; init; }

    /// <summary>Makes tokens less likely that are in <see cref="PromptTokens"/> or were generated: positive logits are divided by it, negative ones multiplied; 1 for none.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>No row of so many tokens comes twice in <see cref="PromptTokens"/> and what is generated; 0 for no such rule.</summary>
    public int NoRepeatNgram { get; init; }

    /// <summary>Seed of the draws.</summary>
    public int Seed { get; init; }

    /// <summary>Only ids below this can be drawn: a model may embed more than its tokenizer has. 0 for all.</summary>
    public int VocabularySize { get; init; }

    /// <summary>Tokens that end the text; they are not part of it.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>The prompt's tokens, which penalty and n-grams look at besides what is generated; empty where only that counts.</summary>
    public IReadOnlyList<int> PromptTokens { get; init; } = [];

    /// <summary>Of how many likeliest tokens log-probabilities are given at each place, besides that of the token that was taken; null for none at all.</summary>
    public int? TopLogProbs { get; init; }
}
