using ThinkRec.Data;
using ThinkRec.Metrics;
using ThinkRec.Nn;
using ThinkRec.Torch;
using ThinkRec.Training.Evaluation;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Encoders;

/// <summary>Trains an encoder on the labels of the training rows with binary cross-entropy.</summary>
/// <typeparam name="TSample">What a step takes a batch of: a row, or a window of rows.</typeparam>
public abstract class EncoderStage<TSample> : Stage
{
    private readonly Module _model;
    private readonly TSample[] _train;
    private readonly TSample[] _valid;
    private TSample[] _order;

    /// <summary>Takes the samples.</summary>
    /// <param name="dataset">Training rows to learn from, validation rows to choose the best epoch by.</param>
    /// <param name="model">The model, borrowed.</param>
    /// <param name="optimization">How long and how fast.</param>
    /// <param name="seed">Seed of the samples' order.</param>
    /// <param name="samplesOf">The samples of a split.</param>
    /// <exception cref="TrainingException">There is no training row.</exception>
    private protected EncoderStage(Dataset dataset, Module model, OptimizationOptions optimization, long seed, Func<Split, TSample[]> samplesOf)
    {
        (Dataset, _model, Optimization, Seed) = (dataset, model, optimization, seed);
        if (dataset.RowsOf(Split.Train).Length == 0)
        {
            throw new TrainingException($"Dataset '{dataset.Name}' has no row in its train split, so no encoder can be trained. Prepare it with other windows.");
        }

        (_train, _valid) = (samplesOf(Split.Train), samplesOf(Split.Valid));
        _order = _train;
        Parameters = [.. model.Parameters()];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters { get; }

    /// <inheritdoc/>
    public override OptimizationOptions Optimization { get; }

    /// <inheritdoc/>
    public override int StepsPerEpoch => Optimization.StepsPerEpoch > 0
        ? Optimization.StepsPerEpoch : (_train.Length + Optimization.BatchSize - 1) / Optimization.BatchSize;

    private protected Dataset Dataset { get; }

    private protected long Seed { get; }

    /// <summary>Samples of one pass while scoring.</summary>
    private protected abstract int SamplesPerPass { get; }

    /// <inheritdoc/>
    public override bool DividesBatches => true;

    /// <inheritdoc/>
    public override void BeginEpoch(int epoch)
    {
        _order = [.. _train];
        SeededRandom.Stream(Seed, $"{Name}/{epoch}").Shuffle(_order.AsSpan());
    }

    /// <inheritdoc/>
    public override StepLoss Loss(int step)
    {
        TSample[] whole = Batch(step);
        TSample[] batch = Share(whole);
        if (batch.Length == 0)
        {
            return StepLoss.Empty();
        }

        float[] labels = [.. RowsOf(batch).Select(row => Dataset.Interactions[row].Label ? 1f : 0f)];
        Tensor mean = Losses.BinaryCrossEntropyWithLogits(Logits(batch), Tensor.From(labels, labels.Length));
        Tensor loss = DataParallel.PartOf(mean, labels.Length, RowsOf(whole).Count());
        return new StepLoss(loss, [("bce", loss)]);
    }

    /// <inheritdoc/>
    public override void SetTraining(bool training) => _model.SetTraining(training);

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Validate()
    {
        using var whole = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        PrepareToScore();
        var scored = new List<ScoredRow>();
        foreach (TSample[] batch in _valid.Chunk(SamplesPerPass))
        {
            using var scope = TensorScope.Begin();
            float[] scores = Logits(batch).ToFloats();
            scored.AddRange(RowsOf(batch).Select((row, i) => Scored(Dataset.Interactions[row], scores[i])));
        }

        return ValidationMetrics.Of(scored, Optimization.SelectBy);
    }

    /// <inheritdoc/>
    public override string Describe(int step) => $"rows {string.Join(", ", RowsOf(Batch(step)).Take(8))} and others";

    /// <summary>The rows that a batch predicts.</summary>
    private protected abstract IEnumerable<int> RowsOf(TSample[] batch);

    /// <summary>[rows] logits, in the order of <see cref="RowsOf"/>.</summary>
    private protected abstract Tensor Logits(TSample[] batch);

    /// <summary>Brings the model into the state in which it will serve.</summary>
    private protected virtual void PrepareToScore() { }

    private static ScoredRow Scored(Interaction row, double score) => new($"{row.User}", $"{row.Item}", row.Label, score);

    private protected TSample[] Batch(int step)
    {
        long start = (long)step * Optimization.BatchSize;
        int count = Optimization.StepsPerEpoch > 0 ? Optimization.BatchSize : (int)Math.Min(Optimization.BatchSize, _order.Length - start);
        var batch = new TSample[count];
        for (int i = 0; i < count; i++)
        {
            batch[i] = _order[(start + i) % _order.Length];
        }

        return batch;
    }
}

/// <summary>Which users and items the training rows name.</summary>
internal static class Trained
{
    /// <summary>By user index.</summary>
    internal static bool[] Users(Dataset dataset) => Marks(dataset, dataset.Users.Count, row => row.User);

    /// <summary>By item index.</summary>
    internal static bool[] Items(Dataset dataset) => Marks(dataset, dataset.Items.Count, row => row.Item);

    private static bool[] Marks(Dataset dataset, int count, Func<Interaction, int> index)
    {
        var marks = new bool[count];
        foreach (int row in dataset.RowsOf(Split.Train))
        {
            marks[index(dataset.Interactions[row])] = true;
        }

        return marks;
    }
}
