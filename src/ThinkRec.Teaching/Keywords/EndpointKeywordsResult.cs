namespace ThinkRec.Teaching.Keywords;

/// <summary>The keywords that a language model found, and what was asked for them.</summary>
public sealed record EndpointKeywordsResult
{
    /// <summary>Keywords by item index; empty where none were wanted or found.</summary>
    public required IReadOnlyList<IReadOnlyList<string>> Keywords { get; init; }

    /// <summary>Different texts that keywords were wanted for; items with the same text are asked about once.</summary>
    public required int Texts { get; init; }

    /// <summary>Of these, texts whose keywords were in the journal before.</summary>
    public required int Found { get; init; }

    /// <summary>Texts for which no answer could be read in four tries.</summary>
    public required int GivenUp { get; init; }

    /// <summary>Texts that the endpoint refuses.</summary>
    public required int Refused { get; init; }

    /// <summary>What the answers about these texts took, earlier calls included.</summary>
    public required ReasonCost Cost { get; init; }
}
