namespace ThinkRec.Data;

/// <summary>How MovieLens files are read.</summary>
public sealed record MovieLensOptions
{
    /// <summary>A .jsonl or .jsonl.gz with MovieID and any of plot, overview, abstract, imdb_description; the first present becomes the description.</summary>
    public string? ItemTextsFile { get; init; }

    /// <summary>So many malformed lines are left out and noted; one more is an error.</summary>
    public int MaxBad { get; init; }

    /// <summary>
    /// So many of the last months of the validation window, 0 to <see cref="MaxTestMonths"/>, are the test split, and the paper's test window is left out:
    /// a test to tune and try on, which says nothing about the paper's. 0 for the paper's windows.
    /// </summary>
    public int TestMonths { get; init; }

    /// <summary>Whether ratings from before the paper's windows are left out altogether, as the paper does; else they are kept as <see cref="Dataset.EarlierRows"/>.</summary>
    public bool DropEarlier { get; init; }

    /// <summary>One month of five stays for validation.</summary>
    public const int MaxTestMonths = 4;
}
