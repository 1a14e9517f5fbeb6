using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Collaborative;

/// <summary>Gives rows that no training row touched a vector that means something: the mean of the trained ones.</summary>
/// <remarks>Differs from the reference, where they keep the random vectors they began with.</remarks>
public static class UntrainedRows
{
    /// <summary>Fills them in place; filling again changes nothing.</summary>
    /// <param name="table">The table.</param>
    /// <param name="trained">By row: whether it was trained; row 0 is padding.</param>
    /// <param name="withPadding">Whether row 0 is filled too.</param>
    public static void Fill(Embedding table, bool[] trained, bool withPadding)
    {
        long[] known = [.. Enumerable.Range(1, trained.Length - 1).Where(i => trained[i]).Select(i => (long)i)];
        float[] untrained = [.. trained.Select((isTrained, row) => isTrained || (row == 0 && !withPadding) ? 0f : 1f)];
        if (known.Length == 0)
        {
            return;
        }

        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        Tensor weight = table.Weight.Value;
        Tensor mean = weight.IndexSelect(0, Tensor.From(known, known.Length).To(weight.Device)).Mean(0, keep: true); // [1, d]
        Tensor choose = Tensor.From(untrained, untrained.Length, 1).To(weight.Device).Gt(0.5);
        weight.CopyInPlace(mean.Expand(weight.Shape.ToArray()).Where(choose, weight));
    }
}
