namespace ThinkRec.Data;

/// <summary>How many items have which kind of text.</summary>
/// <param name="Titles">Items with a title.</param>
/// <param name="Descriptions">Items with a description.</param>
/// <param name="Keywords">Items with a keyword or more.</param>
/// <param name="Years">Items with a year.</param>
public sealed record TextCoverage(int Titles, int Descriptions, int Keywords, int Years);
