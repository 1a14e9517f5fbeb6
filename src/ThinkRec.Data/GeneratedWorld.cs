namespace ThinkRec.Data;

/// <summary>A generated dataset with what was planted in it.</summary>
/// <param name="Dataset">The dataset; its truth is stored with it when it is saved.</param>
/// <param name="TrueProbabilities">The probability of a like by row.</param>
/// <param name="UserGroups">The planted group by user index, 0 to 2; -1 for padding.</param>
public sealed record GeneratedWorld(Dataset Dataset, double[] TrueProbabilities, int[] UserGroups);
