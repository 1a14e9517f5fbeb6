namespace ThinkRec.Teaching;

/// <summary>An item of the history and the keywords that it shares with the candidate.</summary>
/// <param name="Title">The item's title.</param>
/// <param name="Keywords">Shared keywords in the candidate's order.</param>
internal sealed record SharedEvidence(string Title, string[] Keywords);
