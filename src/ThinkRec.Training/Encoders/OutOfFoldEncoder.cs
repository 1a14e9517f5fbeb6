using ThinkRec.Data;
using ThinkRec.Models.Reasoning;
using ThinkRec.Torch;
using ThinkRec.Training.Stages;

namespace ThinkRec.Training.Encoders;

/// <summary>
/// An encoder that answers for training examples with vectors that know nothing of the example's user: those of an encoder trained without the user's fold,
/// turned into the space of the whole one. For everybody else it is the whole one.
/// </summary>
/// <remarks>
/// Vectors of training rows that the encoder was trained on tell the answers, and whoever learns to read them trusts them too much. The turn is the
/// rotation (with reflections) that brings the vectors of both encoders nearest to each other (orthogonal Procrustes), those of items and, with the same
/// weight, those of users: where items differ in few directions, they alone leave the rest of a user's vector anywhere. Dot products stay.
/// </remarks>
public sealed class OutOfFoldEncoder : ICollaborativeEncoder
{
    private const int WholeFold = -1;
    private const int FittedStates = 1024;
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
        var histories = new Histories(dataset);
        _rotations = [.. folds.Select((encoder, fold) => Rotation(encoder, whole, dataset, histories, TrainedRows(dataset, fold)))];
    }

    /// <inheritdoc/>
    public string Name => Whole.Name;

    /// <inheritdoc/>
    public int HistoryLength => Whole.HistoryLength;

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
        Gather(states, (encoder, places) => encoder.ItemVectors([.. places.Select(i => items[i])], [.. places.Select(i => states[i])]));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable part in _rotations.Cast<IDisposable>().Concat(_folds))
        {
            part.Dispose();
        }

        Whole.Dispose();
    }

    /// <summary>The rotation R that makes from · R nearest to to, over items and users whom both were trained on.</summary>
    /// <returns>[d, d], owned.</returns>
    private static Tensor Rotation(ICollaborativeEncoder from, ICollaborativeEncoder to, Dataset dataset, Histories histories, int[] rows)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        int[] items = [.. rows.Select(row => dataset.Interactions[row].Item).Distinct().Order()];
        int apart = Math.Max(1, rows.Length / FittedStates);
        UserState[] states = [.. rows.Where((_, i) => i % apart == 0).Take(FittedStates)
            .Select(row => new UserState(dataset.Interactions[row].User, histories.Before(row, ValidationSet.EncoderHistory, HistoryKind.Dual)))];
        Tensor product = Product(from.ItemVectors(items), to.ItemVectors(items)) + Product(from.UserVectors(states), to.UserVectors(states)); // [d, d]
        Tensor[] parts = Svd.CallAll(product, false);
        return parts[0].MatMul(parts[2]).To(DType.Float32).Own();
    }

    private static Tensor Product(Tensor from, Tensor to)
    {
        Tensor product = from.To(DType.Float64).Transpose(0, 1).MatMul(to.To(DType.Float64));
        return product / (Length(from) * Length(to)).Add(1e-12);

        static Tensor Length(Tensor vectors) => (vectors * vectors).Sum().Sqrt().To(DType.Float64);
    }

    // What the fold's encoder has for others says nothing about its space.
    private int[] TrainedRows(Dataset dataset, int fold) => [.. dataset.RowsOf(Split.Train).Where(row => _foldOf[dataset.Interactions[row].User] != fold)];

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
