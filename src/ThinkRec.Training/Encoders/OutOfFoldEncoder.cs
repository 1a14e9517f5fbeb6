using ThinkRec.Data;
using ThinkRec.Models.Reasoning;
using ThinkRec.Torch;

namespace ThinkRec.Training.Encoders;

/// <summary>
/// An encoder that answers for training examples with vectors that know nothing of the example's user: those of an encoder trained without the user's fold,
/// turned into the space of the whole one. For everybody else it is the whole one.
/// </summary>
/// <remarks>
/// Vectors of training rows that the encoder was trained on tell the answers, and whoever learns to read them trusts them too much. The turn is the
/// rotation (with reflections) that brings the item vectors of both encoders nearest to each other (orthogonal Procrustes); dot products stay.
/// </remarks>
public sealed class OutOfFoldEncoder : ICollaborativeEncoder
{
    private const int WholeFold = -1;
    private static readonly Op Svd = new("aten::linalg_svd");
    private readonly ICollaborativeEncoder[] _folds;
    private readonly Tensor[] _rotations;
    private readonly int[] _foldOf;

    /// <summary>Joins encoders, which it owns from now on.</summary>
    /// <param name="dataset">Whose users are in folds.</param>
    /// <param name="whole">Trained on all.</param>
    /// <param name="folds">Each trained without the users of its fold, on vectors as long as the whole one's.</param>
    public OutOfFoldEncoder(Dataset dataset, ICollaborativeEncoder whole, IReadOnlyList<ICollaborativeEncoder> folds)
    {
        Whole = whole;
        _folds = [.. folds];
        _foldOf = [.. Enumerable.Range(0, dataset.Users.Count).Select(user => UserFolds.Of(dataset.Users[user], folds.Count))];
        _rotations = [.. folds.Select((encoder, fold) => Rotation(encoder, whole, TrainedItems(dataset, fold)))];
    }

    /// <inheritdoc/>
    public string Name => Whole.Name;

    /// <inheritdoc/>
    public int VectorSize => Whole.VectorSize;

    /// <summary>The encoder that was trained on all users.</summary>
    public ICollaborativeEncoder Whole { get; }

    /// <inheritdoc/>
    public Tensor UserVectors(IReadOnlyList<UserState> states) =>
        Gather(states, (encoder, places) => encoder.UserVectors([.. places.Select(i => states[i])]));

    /// <inheritdoc/>
    public Tensor ItemVectors(IReadOnlyList<int> items) => Whole.ItemVectors(items);

    /// <inheritdoc/>
    public Tensor ItemVectors(IReadOnlyList<int> items, IReadOnlyList<UserState> states) =>
        Gather(states, (encoder, places) => encoder.ItemVectors([.. places.Select(i => items[i])]));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable part in _rotations.Cast<IDisposable>().Concat(_folds))
        {
            part.Dispose();
        }

        Whole.Dispose();
    }

    /// <summary>The rotation R that makes from · R nearest to to, over the vectors of items.</summary>
    /// <returns>[d, d], owned.</returns>
    private static Tensor Rotation(ICollaborativeEncoder from, ICollaborativeEncoder to, int[] items)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        Tensor product = from.ItemVectors(items).To(DType.Float64).Transpose(0, 1).MatMul(to.ItemVectors(items).To(DType.Float64)); // [d, d]
        Tensor[] parts = Svd.CallAll(product, false);
        return parts[0].MatMul(parts[2]).To(DType.Float32).Own();
    }

    // Items that the fold's encoder was trained on; what it has for others says nothing about its space.
    private int[] TrainedItems(Dataset dataset, int fold) =>
        [.. dataset.RowsOf(Split.Train).Where(row => _foldOf[dataset.Interactions[row].User] != fold).Select(row => dataset.Interactions[row].Item).Distinct().Order()];

    private Tensor Gather(IReadOnlyList<UserState> states, Func<ICollaborativeEncoder, int[], Tensor> ask)
    {
        using var scope = TensorScope.Begin();
        var parts = new List<Tensor>();
        var place = new long[states.Count];
        int done = 0;
        foreach (IGrouping<int, int> part in Enumerable.Range(0, states.Count).GroupBy(i => states[i].OutOfFold ? _foldOf[states[i].User] : WholeFold))
        {
            int[] places = [.. part];
            parts.Add(part.Key == WholeFold ? ask(Whole, places) : ask(_folds[part.Key], places).MatMul(_rotations[part.Key]));
            foreach (int i in places)
            {
                place[i] = done++;
            }
        }

        return scope.Return(Tensor.Cat(0, [.. parts]).IndexSelect(0, Tensor.From(place, place.Length)));
    }
}
