namespace ThinkRec.Data;

/// <summary>How MovieLens files are read.</summary>
public sealed record MovieLensOptions
{
    /// <summary>A .jsonl or .jsonl.gz with MovieID and any of plot, overview, abstract, imdb_description; the first present becomes the description.</summary>
    public string? ItemTextsFile { get; init; }

    /// <summary>So many malformed lines are left out and noted; one more is an error.</summary>
    public int MaxBad { get; init; }
}
