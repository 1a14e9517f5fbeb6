using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Encoders;

/// <summary>
/// Trains <see cref="SasRec"/> on whole histories: every place of a window predicts, in one pass, the labels of the rows that come next.
/// Rows before the first item that a user's history holds have nothing to be predicted from and are left out; they score 0.
/// </summary>
public sealed class SasRecStage : EncoderStage<SequenceWindow>
{
    private readonly SasRec _model;
    private readonly SasRecObjective _objective;
    private readonly NegativeItems _negatives;
    private int _epoch;

    /// <summary>Cuts the windows.</summary>
    /// <param name="dataset">Rows.</param>
    /// <param name="model">The model, borrowed.</param>
    /// <param name="objective">What is predicted.</param>
    /// <param name="optimization">How long and how fast; its batch counts windows.</param>
    /// <param name="seed">Seed of the windows' order and of the sampled items.</param>
    /// <param name="name">Name in logs and seeds.</param>
    /// <exception cref="TrainingException">No training row has a history.</exception>
    public SasRecStage(Dataset dataset, SasRec model, SasRecObjective objective, OptimizationOptions optimization, long seed, string name = "sasrec")
        : base(dataset, model, optimization, seed, split => SamplesOf(dataset, model.Config, objective, split))
    {
        (_model, _objective, _negatives, Name) = (model, objective, new NegativeItems(dataset), name);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    /// <remarks>Items drawn for a batch belong to its windows as a whole.</remarks>
    public override bool DividesBatches => _objective.NextItem == 0;

    private protected override int SamplesPerPass => 512;

    /// <inheritdoc/>
    public override void BeginEpoch(int epoch)
    {
        _epoch = epoch;
        base.BeginEpoch(epoch);
    }

    /// <inheritdoc/>
    public override StepLoss Loss(int step)
    {
        if (_objective.NextItem == 0)
        {
            return base.Loss(step);
        }

        SequenceWindow[] batch = Batch(step);
        Tensor places = Places(batch); // [B, L, d]
        float[] labels = [.. RowsOf(batch).Select(row => Dataset.Interactions[row].Label ? 1f : 0f)];
        long[] likes = [.. Enumerable.Range(0, labels.Length).Where(i => labels[i] == 1).Select(i => (long)i)];
        long[] flat = [.. Flat(batch, places.Size(1))];
        Tensor drawn = Drawn(batch, places, step).IndexSelect(0, Tensor.From([.. likes.Select(i => flat[i])], likes.Length)); // [likes, k]
        return _objective.Loss(Logits(batch, places), labels, Tensor.From(likes, likes.Length), drawn, Dataset.Items.Count - 1);
    }

    private protected override IEnumerable<int> RowsOf(SequenceWindow[] batch) => batch.SelectMany(w => w.Targets);

    private protected override Tensor Logits(SequenceWindow[] batch)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(Logits(batch, Places(batch)));
    }

    private protected override void PrepareToScore()
    {
        UntrainedRows.Fill(_model.Items, Trained.Items(Dataset), withPadding: false);
        UntrainedRows.Fill(_model.Targets, Trained.Items(Dataset), withPadding: false);
    }

    private static SequenceWindow[] SamplesOf(Dataset dataset, SasRecConfig config, SasRecObjective objective, Split split)
    {
        if (split != Split.Train)
        {
            return SequenceWindow.Cut(dataset, config.History, config.MaxLength, step: 1, row => row.Split == split); // as it serves
        }

        int half = Math.Max(1, config.MaxLength / 2);
        SequenceWindow[] windows = SequenceWindow.Cut(dataset, config.History, config.MaxLength, half, row => row.Split == split && (row.Label || objective.Labels > 0));
        windows = [.. windows.Where(w => w.History.Length > 0)];
        return windows.Length > 0 ? windows : throw new TrainingException(
            $"Dataset '{dataset.Name}' has no training row with {(config.History == HistoryKind.Dual ? "an interaction" : "a like")} of its user before it, so nothing can be predicted from histories. "
            + "Prepare it with other windows, or train mf.");
    }

    /// <summary>[B, L, d].</summary>
    private Tensor Places(SequenceWindow[] batch) => _model.Places(SasRecInput.From(Dataset, [.. batch.Select(w => w.History)], _model.Config));

    /// <summary>By target: its place among all B · L.</summary>
    private static IEnumerable<long> Flat(SequenceWindow[] batch, long length) => batch.SelectMany((w, i) => w.Places.Select(place => (i * length) + place));

    private Tensor Logits(SequenceWindow[] batch, Tensor places)
    {
        using var scope = TensorScope.Begin();
        long[] flat = [.. Flat(batch, places.Size(1))];
        long[] items = [.. RowsOf(batch).Select(row => (long)Dataset.Interactions[row].Item)];
        Tensor users = places.Reshape(-1, _model.Config.EmbeddingSize).IndexSelect(0, Tensor.From(flat, flat.Length));
        return scope.Return((users * _model.Targets.Forward(Tensor.From(items, items.Length))).Sum(-1));
    }

    /// <summary>[B · L, k] logits of items drawn at random: one alone for each place, several for all places of a window, which costs one place's vectors instead of L.</summary>
    private Tensor Drawn(SequenceWindow[] batch, Tensor places, int step)
    {
        using var scope = TensorScope.Begin();
        (long length, int k) = (places.Size(1), _objective.Negatives);
        long perWindow = k == 1 ? length : k;
        var random = SeededRandom.Stream(Seed, $"{Name}/drawn/{_epoch}/{step}");
        var items = new long[batch.Length * perWindow];
        for (long i = 0; i < items.Length; i++)
        {
            items[i] = _negatives.Draw(random, Dataset.Interactions[batch[i / perWindow].Targets[0]].User);
        }

        Tensor vectors = _model.Targets.Forward(Tensor.From(items, items.Length / k, k)); // [B or B · L, k, d]
        return scope.Return(places.Reshape(items.Length / k, -1, _model.Config.EmbeddingSize).MatMul(vectors.Transpose(1, 2)).Reshape(batch.Length * length, k));
    }
}
