namespace ThinkRec.Teaching.Endpoint;

/// <summary>What the answers in a journal are answers to; they are used again only where all of it is the same.</summary>
/// <param name="Format">The format's name and version.</param>
/// <param name="Dataset">SHA-256 over the dataset's checksums.</param>
/// <param name="Model">The model asked.</param>
/// <param name="Protocol">Blind or hinted.</param>
/// <param name="HistoryLength">Interactions of the history that are shown.</param>
/// <param name="Temperature">Sampling temperature; null for the endpoint's own.</param>
/// <param name="Prompt">SHA-256 of the instructions.</param>
internal sealed record JournalHeader(
    string Format, string Dataset, string Model, string Protocol, int HistoryLength, double? Temperature, string Prompt)
{
    /// <summary>The present format.</summary>
    public const string CurrentFormat = "thinkrec-reasons-journal-1";

    /// <summary>Says where two headers differ.</summary>
    /// <param name="wanted">That of the present call.</param>
    /// <returns>Name and both values, or null when they are the same.</returns>
    public string? DifferenceTo(JournalHeader wanted)
    {
        (string Name, object? Here, object? There)[] values =
        [
            ("format", Format, wanted.Format), ("dataset", Dataset, wanted.Dataset), ("model", Model, wanted.Model), ("protocol", Protocol, wanted.Protocol),
            ("history length", HistoryLength, wanted.HistoryLength), ("temperature", Temperature, wanted.Temperature), ("instructions", Prompt, wanted.Prompt),
        ];
        var (name, here, there) = values.FirstOrDefault(value => !Equals(value.Here, value.There));
        return name is null ? null : FormattableString.Invariant($"{name} '{here ?? "the endpoint's"}' and not '{there ?? "the endpoint's"}'");
    }
}
