using ThinkRec.Training.Configuration;

namespace ThinkRec.Training.Search;

/// <summary>What trials are told apart by, on validation rows.</summary>
public enum SearchMetric
{
    /// <summary>Area under the curve over all rows.</summary>
    Auc,

    /// <summary>Its mean over users.</summary>
    Uauc,
}

/// <summary>One key of the configuration and what is tried for it.</summary>
public sealed record SearchedKey : IValidated
{
    /// <summary>The key, as <c>--set</c> takes it.</summary>
    public required string Key { get; init; }

    /// <summary>The values, in YAML as <c>--set</c> takes them.</summary>
    public required IReadOnlyList<string> Values { get; init; }

    /// <inheritdoc/>
    public IEnumerable<string> Problems()
    {
        if (Key.Length == 0 || Key.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || c == '='))
        {
            yield return $"key '{Key}' is not the name of a key, such as encoder.embeddingSize";
        }

        if (Values.Count == 0)
        {
            yield return $"values of {Key} are an empty list, expected at least one value";
        }

        if (Values.Any(value => value.Any(char.IsControl)))
        {
            yield return $"values of {Key} hold a tab, a line break or another control character";
        }
    }
}

/// <summary>Successive halving: all trials begin, and at each rung only the best go on, to twice as many epochs.</summary>
public sealed record HalvingOptions : IValidated
{
    /// <summary>Epochs of the first rung.</summary>
    public int FirstEpochs { get; init; } = 4;

    /// <summary>Share of the trials that go on; at least one does.</summary>
    public double Keep { get; init; } = 0.5;

    /// <inheritdoc/>
    public IEnumerable<string> Problems()
    {
        if (FirstEpochs < 1)
        {
            yield return $"firstEpochs is {FirstEpochs}, expected at least 1";
        }

        if (Keep is not (> 0 and < 1))
        {
            yield return $"keep is {Keep}, expected more than 0 and less than 1";
        }
    }
}

/// <summary>What a search tries, as its YAML file says it.</summary>
public sealed record SearchGrid : IValidated
{
    /// <summary>Most trials of one search.</summary>
    public const int MaxTrials = 999;

    /// <summary>The keys; every combination of their values is a trial.</summary>
    public required IReadOnlyList<SearchedKey> Grid { get; init; }

    /// <summary>Ends poor trials early; null trains each to its own early stop.</summary>
    public HalvingOptions? Halving { get; init; }

    /// <summary>What the best trial is chosen by.</summary>
    public SearchMetric Metric { get; init; }

    /// <inheritdoc/>
    public IEnumerable<string> Problems()
    {
        if (Grid.Count == 0)
        {
            yield return "grid is an empty list, expected at least one key with its values";
        }

        foreach (IGrouping<string, SearchedKey> same in Grid.GroupBy(entry => entry.Key).Where(group => group.Count() > 1))
        {
            yield return $"grid names {same.Key} {same.Count()} times, expected once with all its values";
        }

        if (Grid.Aggregate(1.0, (count, entry) => count * entry.Values.Count) is > MaxTrials and double trials)
        {
            yield return $"grid has {trials} combinations, expected at most {MaxTrials}";
        }
    }

    /// <summary>Every combination of the values; those of the last key change fastest.</summary>
    /// <returns>One value for each key, in the keys' order.</returns>
    public IEnumerable<IReadOnlyList<string>> Combinations() => Grid.Aggregate(
        (IEnumerable<IReadOnlyList<string>>)[[]], (begun, entry) => begun.SelectMany(values => entry.Values.Select(value => (IReadOnlyList<string>)[.. values, value])));
}
