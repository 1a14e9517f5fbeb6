namespace ThinkRec.Training.Loop;

/// <summary>What the best epoch is chosen by, and what patience waits for: <see cref="OptimizationOptions.SelectBy"/>.</summary>
/// <remarks>
/// Source: the early stopping of the authors' code keeps three running bests, of AUC, UAUC and AUC / 4 + UAUC / 3. An improvement of any starts patience
/// anew; only one of the last saves the weights.
/// </remarks>
internal static class Selection
{
    internal const string Paper = "paper";
    internal const string Auc = "auc";
    internal const string Uauc = "uauc";
    internal const string Ndcg = "ndcg@5";
    internal const string Map = "map@5";
    internal const string CrossEntropy = "crossEntropy";

    /// <summary>What an evaluation of recommendations can be selected by.</summary>
    internal static IReadOnlyList<string> Names { get; } = [Paper, Auc, Uauc, Ndcg, Map, CrossEntropy];

    /// <summary>AUC / 4 + UAUC / 3; what is not defined counts 0.</summary>
    internal static double Combined(IReadOnlyDictionary<string, double> metrics) => (metrics.GetValueOrDefault(Auc) / 4) + (metrics.GetValueOrDefault(Uauc) / 3);

    /// <summary>The number by which the best epoch is chosen; larger is better.</summary>
    /// <returns>The number; null where the stage's validation rows do not define it.</returns>
    internal static double? Value(Stage stage, IReadOnlyDictionary<string, double> metrics) => (metrics.Count, stage.Optimization.SelectBy) switch
    {
        (0, _) => null,
        (_, null) => stage.Select(metrics),
        (_, Paper) => Combined(metrics),
        (_, CrossEntropy) => -Metric(metrics, CrossEntropy),
        (_, string name) => Metric(metrics, name),
    };

    /// <summary>Notes what an epoch came to.</summary>
    /// <returns>The state with its bests, and whether the weights are the best so far.</returns>
    internal static (TrainerState State, bool IsBest) Judge(Stage stage, TrainerState state, IReadOnlyDictionary<string, double> metrics)
    {
        double selected = Value(stage, metrics) ?? state.Epoch;
        bool isBest = selected > state.Best;
        var bests = new Dictionary<string, double>(state.OtherBests);
        foreach (string name in stage.Optimization.SelectBy == Paper ? (string[])[Auc, Uauc] : [])
        {
            if (Metric(metrics, name) is double value && !(value <= bests.GetValueOrDefault(name, double.NegativeInfinity)))
            {
                bests[name] = value;
            }
        }

        bool isBetter = isBest || bests.Any(best => !state.OtherBests.TryGetValue(best.Key, out double before) || best.Value > before);
        state = state with { OtherBests = bests, EpochsWithoutBetter = isBetter ? 0 : state.EpochsWithoutBetter + 1 };
        return (isBest ? state with { Best = selected, BestEpoch = state.Epoch, BestMetrics = metrics } : state, isBest);
    }

    private static double? Metric(IReadOnlyDictionary<string, double> metrics, string name) => metrics.TryGetValue(name, out double value) ? value : null;
}
