using ThinkRec.Data;
using ThinkRec.Metrics;
using ThinkRec.Nn;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Runs;

namespace ThinkRec.Training.Pipeline;

/// <summary>Chooses training rows for a teacher by what a trained model makes of them.</summary>
public static class TeacherRows
{
    /// <summary>The training rows that predictions are wrong about, as the paper chooses them for Amazon's books (method §3.1).</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="path">Predictions, as <c>evaluate --split train --predictions</c> writes them; read by user and item.</param>
    /// <param name="threshold">A higher score says that the user likes the item; null for 0, as in log-odds, which scores that all lie between 0 and 1 are not taken for.</param>
    /// <returns>The rows and the counts.</returns>
    /// <exception cref="MetricsException">The file is malformed, is not about training rows, contradicts their labels, or its scores need a threshold.</exception>
    public static MispredictedRows Mispredicted(Dataset dataset, string path, double? threshold)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        IReadOnlyList<ScoredRow> predictions = PredictionFile.Read(path);
        if (threshold is null && predictions.All(row => row.Score is >= 0 and <= 1))
        {
            throw new MetricsException($"{path}: all scores lie between 0 and 1. Say from where on they mean a like: 0.5 for probabilities, 0 for log-odds (--threshold X).");
        }

        ILookup<(string, string), int> rows = dataset.RowsOf(Split.Train).ToLookup(row => KeyOf(dataset, row));
        var (wrong, scored, unknown, ambiguous) = (new SortedSet<int>(), new HashSet<int>(), 0, 0);
        foreach (ScoredRow prediction in predictions)
        {
            int[] found = [.. rows[(prediction.UserId, prediction.ItemId)]];
            if (found.Length != 1)
            {
                (unknown, ambiguous) = found.Length == 0 ? (unknown + 1, ambiguous) : (unknown, ambiguous + 1);
                continue;
            }

            bool label = dataset.Interactions[found[0]].Label;
            if (label != prediction.Label)
            {
                throw new MetricsException($"{path}: user '{prediction.UserId}' {Says(prediction.Label)} item '{prediction.ItemId}' there and {Says(label)} it in '{dataset.Name}'. Make the predictions for this dataset.");
            }

            scored.Add(found[0]);
            if (prediction.Score > (threshold ?? 0) != label)
            {
                wrong.Add(found[0]);
            }
        }

        return scored.Count > 0 ? new MispredictedRows([.. wrong], scored.Count, unknown, ambiguous)
            : throw new MetricsException($"{path}: none of its {predictions.Count} rows is one training row of '{dataset.Name}'. Make it with 'evaluate --split train --predictions FILE', with the column item_id.");
    }

    /// <summary>The training rows of each user group of a run.</summary>
    /// <param name="run">A run of thinkrec that has come to its groups.</param>
    /// <param name="dataset">The dataset it was trained on.</param>
    /// <returns>Row numbers for each group.</returns>
    /// <exception cref="ConfigurationException">The run has no groups.</exception>
    /// <exception cref="CheckpointException">Its groups are damaged.</exception>
    public static int[][] PerGroup(RunDirectory run, Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(dataset);
        string path = run.PathOf(ExpertsFile.FileName);
        if (!File.Exists(path))
        {
            throw new ConfigurationException(run.Folder, [$"there is no {ExpertsFile.FileName}, so no user groups; train thinkrec with experts enabled, at least to --stage groups"]);
        }

        ILookup<string, int> rows = dataset.RowsOf(Split.Train).ToLookup(row => dataset.Users[dataset.Interactions[row].User]);
        return [.. ExpertsFile.Read(path).Users.Select(users => users.SelectMany(user => rows[user]).ToArray())];
    }

    private static string Says(bool label) => label ? "likes" : "dislikes";

    private static (string, string) KeyOf(Dataset dataset, int row) => (dataset.Users[dataset.Interactions[row].User], dataset.Items[dataset.Interactions[row].Item]);
}

/// <summary>What predictions say of training rows.</summary>
/// <param name="Rows">The rows that they are wrong about, in order.</param>
/// <param name="Scored">Training rows that they are about.</param>
/// <param name="Unknown">Predictions about no training row.</param>
/// <param name="Ambiguous">Predictions about a user and an item with several training rows, which are left out.</param>
public sealed record MispredictedRows(int[] Rows, int Scored, int Unknown, int Ambiguous);
