using ThinkRec.Data;
using ThinkRec.Models.Reasoning;
using ThinkRec.Torch;

namespace ThinkRec.Models.Collaborative;

/// <summary>
/// Vectors of a trained <see cref="SasRec"/>: a user's comes from the history alone and is zero when that is empty; items it was not trained on
/// get the mean of the trained, as targets and inside histories.
/// </summary>
public sealed class SasRecEncoder : ICollaborativeEncoder
{
    private readonly Dataset _dataset;

    /// <summary>Wraps a model.</summary>
    /// <param name="method">How it was trained.</param>
    /// <param name="model">Owned from now on; item rows that were not trained are overwritten.</param>
    /// <param name="dataset">What the rows of histories refer to.</param>
    /// <param name="trainedItems">By item index: whether a training row had the item as its target.</param>
    public SasRecEncoder(EncoderMethod method, SasRec model, Dataset dataset, bool[] trainedItems)
    {
        (Method, Model, _dataset, TrainedItems) = (method, model, dataset, trainedItems);
        model.SetTraining(false);
        UntrainedRows.Fill(model.Targets, trainedItems, withPadding: false);
        UntrainedRows.Fill(model.Items, trainedItems, withPadding: false);
    }

    /// <inheritdoc/>
    public string Name => Method == EncoderMethod.Gsasrec ? "gsasrec" : "sasrec";

    /// <summary>How it was trained.</summary>
    public EncoderMethod Method { get; }

    /// <inheritdoc/>
    public int HistoryLength => Math.Max(Model.Config.MaxLength, UserStatistics.History); // so many that the likes among them suffice

    /// <inheritdoc/>
    public int VectorSize => Model.Config.EmbeddingSize;

    /// <summary>The model.</summary>
    public SasRec Model { get; }

    /// <summary>By item index: whether the item was trained.</summary>
    public IReadOnlyList<bool> TrainedItems { get; }

    /// <inheritdoc/>
    public Tensor UserVectors(IReadOnlyList<UserState> states)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        return scope.Return(Model.Forward(SasRecInput.From(_dataset, [.. states.Select(s => s.History)], Model.Config)));
    }

    /// <inheritdoc/>
    public Tensor ItemVectors(IReadOnlyList<int> items)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        long[] indices = [.. items.Select(i => (long)i)];
        return scope.Return(Model.Targets.Forward(Tensor.From(indices, indices.Length)));
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}
