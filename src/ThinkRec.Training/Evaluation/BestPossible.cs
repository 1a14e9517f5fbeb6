using ThinkRec.Data;
using ThinkRec.Metrics;

namespace ThinkRec.Training.Evaluation;

/// <summary>What nobody can beat, where the true probabilities are known.</summary>
public static class BestPossible
{
    /// <summary>Rows scored with their true probabilities.</summary>
    /// <param name="dataset">A dataset.</param>
    /// <param name="rows">Row numbers.</param>
    /// <returns>The scored rows; null when the dataset does not know the probabilities.</returns>
    public static ScoredRow[]? Rows(Dataset dataset, int[] rows) => dataset.TrueProbabilities is not double[] truth ? null
        : [.. rows.Select(r => RunEvaluation.ToScoredRow(dataset, r, truth[r]))];

    /// <summary>AUC of the true probabilities.</summary>
    /// <param name="dataset">A dataset.</param>
    /// <param name="rows">Row numbers.</param>
    /// <returns>The AUC; null when the dataset does not know the probabilities.</returns>
    public static double? Auc(Dataset dataset, int[] rows) => Rows(dataset, rows) is ScoredRow[] scored ? RankingMetrics.Auc(scored) : null;
}
