using ThinkRec.Training.Configuration;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Runs;

namespace ThinkRec.Training.Search;

/// <summary>One combination of a grid.</summary>
/// <param name="Number">From 1, in the grid's order.</param>
/// <param name="Values">Values of the searched keys, as the grid has them.</param>
/// <param name="Config">All settings.</param>
public sealed record SearchTrial(int Number, IReadOnlyList<string> Values, EncoderRunConfig Config)
{
    /// <summary>Name of its folder.</summary>
    public string Name => $"{Number:000}";
}

/// <summary>A grid with the settings that each of its trials has; all of them can be trained.</summary>
public sealed class SearchPlan
{
    private SearchPlan(SearchGrid grid, EncoderRunConfig settings, IReadOnlyList<SearchTrial> trials) => (Grid, Settings, Trials) = (grid, settings, trials);

    /// <summary>What is tried.</summary>
    public SearchGrid Grid { get; }

    /// <summary>What the trials have in common, with the values from before the search.</summary>
    public EncoderRunConfig Settings { get; }

    /// <summary>The trials in their order.</summary>
    public IReadOnlyList<SearchTrial> Trials { get; }

    /// <summary>The method of all trials.</summary>
    internal string Method => Methods.Of(Settings.Encoder.Method);

    /// <summary>Resolves and checks every combination of a grid.</summary>
    /// <param name="grid">The grid.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="load">The settings with some more changes, each <c>a.b=value</c>.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="ConfigurationException">Some combination cannot be trained, or two are the same; names every problem.</exception>
    public static SearchPlan Resolve(SearchGrid grid, string name, Func<IReadOnlyList<string>, EncoderRunConfig> load)
    {
        EncoderRunConfig settings = load([]);
        var problems = new List<string>();
        var trials = new List<SearchTrial>();
        foreach (IReadOnlyList<string> values in grid.Combinations())
        {
            try
            {
                EncoderRunConfig config = load([.. values.Select((value, i) => $"{grid.Grid[i].Key}={value}")]);
                problems.AddRange(ConfigurationFile.Problems(config));
                trials.Add(new SearchTrial(trials.Count + 1, values, config));
            }
            catch (ConfigurationException exception)
            {
                problems.AddRange(exception.Problems.Select(WithoutOption));
            }
        }

        if (problems.Count == 0)
        {
            problems.AddRange(trials.GroupBy(trial => trial.Config).Where(same => same.Count() > 1).Select(same =>
                $"trials {string.Join(" and ", same.Select(trial => trial.Name))} have the same settings: a value is there twice, or its key is one that the method decides"));
        }

        return problems.Count == 0 ? new SearchPlan(grid, settings, trials) : throw new ConfigurationException(name, [.. problems.Distinct()]);
    }

    /// <summary>The text of a place is that of <c>--set</c>, which nobody has given here.</summary>
    private static string WithoutOption(string problem) => problem.StartsWith("--set ", StringComparison.Ordinal) ? problem["--set ".Length..] : problem;
}
