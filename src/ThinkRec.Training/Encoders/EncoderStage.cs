using ThinkRec.Data;
using ThinkRec.Metrics;
using ThinkRec.Nn;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Encoders;

/// <summary>Trains an encoder on the labels of the training rows with binary cross-entropy.</summary>
public abstract class EncoderStage : Stage
{
    private const int ScoreBatch = 4096;
    private readonly Module _model;
    private readonly long _seed;
    private int[] _order;

    /// <summary>Prepares the rows.</summary>
    /// <param name="dataset">Training rows to learn from, validation rows to choose the best epoch by.</param>
    /// <param name="model">The model, borrowed.</param>
    /// <param name="optimization">How long and how fast.</param>
    /// <param name="seed">Seed of the rows' order.</param>
    /// <exception cref="TrainingException">There is no training row.</exception>
    private protected EncoderStage(Dataset dataset, Module model, OptimizationOptions optimization, long seed)
    {
        (Dataset, _model, Optimization, _seed) = (dataset, model, optimization, seed);
        Rows = dataset.RowsOf(Split.Train);
        if (Rows.Length == 0)
        {
            throw new TrainingException($"Dataset '{dataset.Name}' has no row in its train split, so no encoder can be trained. Prepare it with other windows.");
        }

        _order = Rows;
        Parameters = [.. model.Parameters()];
        TrainedUsers = new bool[dataset.Users.Count];
        TrainedItems = new bool[dataset.Items.Count];
        foreach (int row in Rows)
        {
            TrainedUsers[dataset.Interactions[row].User] = true;
            TrainedItems[dataset.Interactions[row].Item] = true;
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters { get; }

    /// <inheritdoc/>
    public override OptimizationOptions Optimization { get; }

    /// <inheritdoc/>
    public override int StepsPerEpoch => Optimization.StepsPerEpoch > 0
        ? Optimization.StepsPerEpoch : (Rows.Length + Optimization.BatchSize - 1) / Optimization.BatchSize;

    /// <summary>By user index: whether a training row names the user.</summary>
    public bool[] TrainedUsers { get; }

    /// <summary>By item index: whether a training row names the item.</summary>
    public bool[] TrainedItems { get; }

    private protected Dataset Dataset { get; }

    private int[] Rows { get; }

    /// <inheritdoc/>
    public override void BeginEpoch(int epoch)
    {
        _order = [.. Rows];
        SeededRandom.Stream(_seed, $"{Name}/{epoch}").Shuffle(_order.AsSpan());
    }

    /// <inheritdoc/>
    public override StepLoss Loss(int step)
    {
        int[] rows = Batch(step);
        float[] labels = [.. rows.Select(row => Dataset.Interactions[row].Label ? 1f : 0f)];
        Tensor loss = Losses.BinaryCrossEntropyWithLogits(Logits(rows), Tensor.From(labels, labels.Length));
        return new StepLoss(loss, [("bce", loss)]);
    }

    /// <inheritdoc/>
    public override void SetTraining(bool training) => _model.SetTraining(training);

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Validate()
    {
        // Chosen by what the encoder will give, hence with the vectors that untrained rows get.
        FillUntrained();
        int[] rows = Dataset.RowsOf(Split.Valid);
        double[] scores = Score(rows);
        ScoredRow[] scored = [.. rows.Select((row, i) => Scored(Dataset.Interactions[row], scores[i]))];
        var metrics = new Dictionary<string, double>();
        if (scored.Any(r => r.Label) && scored.Any(r => !r.Label))
        {
            metrics["auc"] = RankingMetrics.Auc(scored);
        }

        if (scored.GroupBy(r => r.UserId).Any(user => user.Any(r => r.Label) && user.Any(r => !r.Label)))
        {
            metrics["uauc"] = RankingMetrics.Uauc(scored);
        }

        return metrics;
    }

    /// <summary>Scores rows with the model as it is.</summary>
    /// <param name="rows">Row numbers.</param>
    /// <returns>One logit for each.</returns>
    public double[] Score(int[] rows)
    {
        using var noGrad = NoGrad.Begin();
        var scores = new List<double>(rows.Length);
        foreach (int[] batch in rows.Chunk(ScoreBatch))
        {
            using var scope = TensorScope.Begin();
            scores.AddRange(Logits(batch).ToFloats().Select(value => (double)value));
        }

        return [.. scores];
    }

    /// <inheritdoc/>
    public override string Describe(int step) => $"rows {string.Join(", ", Batch(step).Take(8))} and others";

    private protected abstract Tensor Logits(int[] rows);

    private protected abstract void FillUntrained();

    private static ScoredRow Scored(Interaction row, double score) => new($"{row.User}", $"{row.Item}", row.Label, score);

    private int[] Batch(int step)
    {
        long start = (long)step * Optimization.BatchSize;
        int count = Optimization.StepsPerEpoch > 0 ? Optimization.BatchSize : (int)Math.Min(Optimization.BatchSize, _order.Length - start);
        return [.. Enumerable.Range(0, count).Select(i => _order[(start + i) % _order.Length])];
    }
}
