using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Nn;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Encoders;

/// <summary>
/// Trains <see cref="LightGcn"/>: on labels, as the ThinkRec authors do, or natively by ranking each like above an item that the user never liked (BPR).
/// Vectors are passed over the graph once a step.
/// </summary>
/// <param name="dataset">Rows.</param>
/// <param name="model">The model, borrowed.</param>
/// <param name="protocol">Labels or ranking.</param>
/// <param name="optimization">How long and how fast.</param>
/// <param name="seed">Seed of the rows' order and of the items ranked below.</param>
public sealed class LightGcnStage(Dataset dataset, LightGcn model, EncoderProtocol protocol, OptimizationOptions optimization, long seed)
    : EncoderStage<int>(dataset, model, optimization, seed, split => SamplesOf(dataset, protocol, split))
{
    private readonly NegativeItems? _negatives = protocol == EncoderProtocol.Native ? new(dataset) : null;
    private readonly DotProductLoss _loss = new(dataset.Users.Count, dataset.Items.Count, model.Config.EmbeddingSize);
    private (Tensor Users, Tensor Items) _smoothed; // of the step whose loss was asked for last
    private (RowGradient Users, RowGradient Items) _gradients; // of the smoothed vectors in that step, by labels
    private int _epoch;

    /// <inheritdoc/>
    public override string Name => "lightgcn";

    /// <inheritdoc/>
    /// <remarks>What takes the time is passing vectors over the graph, which no share of a batch would save.</remarks>
    public override bool DividesBatches => false;

    private protected override int SamplesPerPass => 65536;

    /// <inheritdoc/>
    public override void BeginEpoch(int epoch)
    {
        _epoch = epoch;
        base.BeginEpoch(epoch);
    }

    /// <inheritdoc/>
    public override StepLoss Loss(int step)
    {
        _smoothed = model.Propagate();
        int[] rows = Batch(step);
        return protocol == EncoderProtocol.Paper ? LabelLoss(rows) : RankingLoss(step, rows);
    }

    /// <inheritdoc/>
    public override void Backward(StepLoss loss)
    {
        if (protocol == EncoderProtocol.Native)
        {
            base.Backward(loss);
            model.PassBack(_smoothed.Users.Grad()!, _smoothed.Items.Grad()!);
            return;
        }

        using var scope = TensorScope.Begin();
        int size = model.Config.EmbeddingSize;
        model.PassBack(_gradients.Users.ToTable(Dataset.Users.Count, size), _gradients.Items.ToTable(Dataset.Items.Count, size));
    }

    /// <summary>User and item of every training like.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <returns>The edges of the graph.</returns>
    internal static IEnumerable<(int User, int Item)> Likes(Dataset dataset) =>
        dataset.RowsOf(Split.Train).Select(row => dataset.Interactions[row]).Where(row => row.Label).Select(row => (row.User, row.Item));

    private protected override IEnumerable<int> RowsOf(int[] batch) => batch;

    private protected override Tensor Logits(int[] batch)
    {
        using var scope = TensorScope.Begin();
        Tensor users = _smoothed.Users.IndexSelect(0, Indices(batch, row => row.User));
        return scope.Return((users * _smoothed.Items.IndexSelect(0, Indices(batch, row => row.Item))).Sum(-1));
    }

    private protected override void PrepareToScore() => _smoothed = model.Propagate();

    private StepLoss LabelLoss(int[] rows)
    {
        (double value, RowGradient users, RowGradient items) = _loss.Compute(_smoothed, Array.ConvertAll(rows, row => Dataset.Interactions[row]));
        _gradients = (users, items);
        var loss = Tensor.From([(float)value], 1);
        return new StepLoss(loss, [("bce", loss)]);
    }

    private StepLoss RankingLoss(int step, int[] rows)
    {
        (_smoothed.Users.RequiresGrad, _smoothed.Items.RequiresGrad) = (true, true);
        var random = SeededRandom.Stream(Seed, $"{Name}/below/{_epoch}/{step}");
        int[] below = [.. rows.Select(row => _negatives!.Draw(random, Dataset.Interactions[row].User))];
        Tensor user = _smoothed.Users.IndexSelect(0, Indices(rows, row => row.User));
        Tensor better = _smoothed.Items.IndexSelect(0, Indices(rows, row => row.Item)) - _smoothed.Items.IndexSelect(0, Tensor.From([.. below.Select(i => (long)i)], below.Length));
        Tensor loss = Softplus.Call((user * better).Sum(-1).Neg()).Mean();
        return new StepLoss(loss, [("bpr", loss)]);
    }

    private static int[] SamplesOf(Dataset dataset, EncoderProtocol protocol, Split split) =>
        [.. dataset.RowsOf(split).Where(row => protocol == EncoderProtocol.Paper || split != Split.Train || dataset.Interactions[row].Label)];

    private static readonly Op Softplus = new("aten::softplus");

    private Tensor Indices(int[] rows, Func<Interaction, int> index) => Tensor.From([.. rows.Select(row => (long)index(Dataset.Interactions[row]))], rows.Length);
}
