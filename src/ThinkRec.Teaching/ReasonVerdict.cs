namespace ThinkRec.Teaching;

/// <summary>What the checks of one reason found.</summary>
/// <param name="Passed">Names of the checks passed.</param>
/// <param name="Problems">One sentence per problem; empty when all is well.</param>
public sealed record ReasonVerdict(IReadOnlyList<string> Passed, IReadOnlyList<string> Problems);
