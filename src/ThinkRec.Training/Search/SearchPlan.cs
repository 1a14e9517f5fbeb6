using ThinkRec.Training.Configuration;

namespace ThinkRec.Training.Search;

/// <summary>One combination of a grid.</summary>
/// <param name="Number">From 1, in the grid's order.</param>
/// <param name="Values">Values of the searched keys, as the grid has them.</param>
public record SearchTrial(int Number, IReadOnlyList<string> Values)
{
    /// <summary>Name of its folder.</summary>
    public string Name => $"{Number:000}";
}

/// <summary>One combination of a grid, with all its settings.</summary>
/// <typeparam name="TConfig">Settings of a run.</typeparam>
/// <param name="Number">From 1, in the grid's order.</param>
/// <param name="Values">Values of the searched keys, as the grid has them.</param>
/// <param name="Config">All settings.</param>
public sealed record SearchTrial<TConfig>(int Number, IReadOnlyList<string> Values, TConfig Config) : SearchTrial(Number, Values)
    where TConfig : class;

/// <summary>A grid with the settings that each of its trials has; all of them can be trained.</summary>
/// <typeparam name="TConfig">Settings of a run.</typeparam>
/// <param name="Grid">What is tried.</param>
/// <param name="Settings">What the trials have in common, with the values from before the search.</param>
/// <param name="Trials">The trials in their order.</param>
public sealed record SearchPlan<TConfig>(SearchGrid Grid, TConfig Settings, IReadOnlyList<SearchTrial<TConfig>> Trials)
    where TConfig : class;

/// <summary>Makes plans from grids.</summary>
public static class SearchPlan
{
    /// <summary>Resolves and checks every combination of a grid.</summary>
    /// <typeparam name="TConfig">Settings of a run.</typeparam>
    /// <param name="grid">The grid.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="load">The settings with some more changes, each <c>a.b=value</c>.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="ConfigurationException">Some combination cannot be trained, or two are the same; names every problem.</exception>
    public static SearchPlan<TConfig> Resolve<TConfig>(SearchGrid grid, string name, Func<IReadOnlyList<string>, TConfig> load)
        where TConfig : class
    {
        TConfig settings = load([]);
        var problems = new List<string>();
        var trials = new List<SearchTrial<TConfig>>();
        foreach (IReadOnlyList<string> values in grid.Combinations())
        {
            try
            {
                TConfig config = load([.. values.Select((value, i) => $"{grid.Grid[i].Key}={value}")]);
                problems.AddRange(ConfigurationFile.Problems(config));
                trials.Add(new SearchTrial<TConfig>(trials.Count + 1, values, config));
            }
            catch (ConfigurationException exception)
            {
                problems.AddRange(exception.Problems.Select(WithoutOption));
            }
        }

        if (problems.Count == 0)
        {
            problems.AddRange(trials.GroupBy(trial => YamlWriter.Text(trial.Config)).Where(same => same.Count() > 1).Select(same =>
                $"trials {string.Join(" and ", same.Select(trial => trial.Name))} have the same settings: a value is there twice, or its key is one that the method decides"));
        }

        return problems.Count == 0 ? new SearchPlan<TConfig>(grid, settings, trials) : throw new ConfigurationException(name, [.. problems.Distinct()]);
    }

    /// <summary>The text of a place is that of <c>--set</c>, which nobody has given here.</summary>
    private static string WithoutOption(string problem) => problem.StartsWith("--set ", StringComparison.Ordinal) ? problem["--set ".Length..] : problem;
}
