using ThinkRec.Data;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Collaborative;

/// <summary>Vectors for users that a table has no trained row for: those that explain their history best, near the mean user.</summary>
/// <remarks>
/// Least squares with a ridge: u = m + Vᵀ(VVᵀ + λI)⁻¹(t − Vm), with a row of V for each rated item that was trained, the logit ±<see cref="Logit"/> of a
/// like or dislike in t, the mean user m, and λ in units of the mean squared length of trained item vectors. The form with VVᵀ is as large as the
/// history, not as the vectors.
/// </remarks>
public static class FoldIn
{
    /// <summary>At most so many of the last interactions are explained.</summary>
    public const int MaxHistory = 50;

    private const double Logit = 2;
    private const double Ridge = 10; // chosen on validation rows of ML-1M and of the built-in world
    private static readonly Op Solve = new("aten::linalg_solve");

    /// <summary>Solves for users.</summary>
    /// <param name="dataset">What the rows of histories refer to.</param>
    /// <param name="histories">Row numbers for each user, oldest first.</param>
    /// <param name="items">The item table, borrowed.</param>
    /// <param name="trainedItems">By item index: whether the item was trained.</param>
    /// <param name="mean">[d], the mean user, borrowed.</param>
    /// <returns>[n, d]; the mean user where no rated item was trained.</returns>
    public static Tensor Solved(Dataset dataset, IReadOnlyList<int[]> histories, Embedding items, IReadOnlyList<bool> trainedItems, Tensor mean)
    {
        using var scope = TensorScope.Begin();
        int[][] rated = [.. histories.Select(h => h.Where(row => trainedItems[dataset.Interactions[row].Item]).TakeLast(MaxHistory).ToArray())];
        int length = Math.Max(1, rated.Max(r => r.Length));
        var indices = new long[rated.Length * length];
        var targets = new float[indices.Length];
        var real = new float[indices.Length];
        for (int i = 0; i < rated.Length; i++)
        {
            for (int j = 0; j < rated[i].Length; j++)
            {
                Interaction row = dataset.Interactions[rated[i][j]];
                int place = (i * length) + j;
                (indices[place], targets[place], real[place]) = (row.Item, (float)(row.Label ? Logit : -Logit), 1);
            }
        }

        // Places without an item have a zero row and a zero target, and so add nothing.
        Tensor there = Tensor.From(real, rated.Length, length, 1);
        Tensor vectors = items.Forward(Tensor.From(indices, rated.Length, length)) * there; // [B, n, d]
        Tensor residuals = (Tensor.From(targets, rated.Length, length, 1) - vectors.MatMul(mean.Unsqueeze(1))) * there; // [B, n, 1]
        Tensor lambda = MeanSquaredLength(items.Weight.Value, trainedItems).Mul(Ridge);
        float[] diagonal = [.. Enumerable.Range(0, length * length).Select(i => i % (length + 1) == 0 ? 1f : 0)];
        Tensor gram = vectors.MatMul(vectors.Transpose(1, 2)) + (Tensor.From(diagonal, length, length) * lambda);
        return scope.Return(vectors.Transpose(1, 2).MatMul(Solve.Call(gram, residuals)).Squeeze(-1) + mean);
    }

    /// <summary>One number, above zero even when all vectors are zero.</summary>
    private static Tensor MeanSquaredLength(Tensor weight, IReadOnlyList<bool> trained)
    {
        using var scope = TensorScope.Begin();
        long[] known = [.. Enumerable.Range(1, trained.Count - 1).Where(i => trained[i]).Select(i => (long)i)];
        Tensor vectors = weight.IndexSelect(0, Tensor.From(known, known.Length));
        return scope.Return(known.Length == 0 ? Tensor.Full([1], 1) : (vectors * vectors).Sum(-1).Mean().Add(1e-8));
    }
}
