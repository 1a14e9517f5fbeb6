using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>A table of vectors, looked up by number.</summary>
public sealed class Embedding : Module
{
    private static readonly Op LookUp = new("aten::embedding");
    private readonly long _paddingIndex;

    /// <summary>Gets the weight <c>weight</c> [count, size].</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="count">Number of vectors.</param>
    /// <param name="size">Length of each.</param>
    /// <param name="init">How the table starts; standard normal when null.</param>
    /// <param name="paddingIndex">A row that starts as zeros and gets no gradient.</param>
    public Embedding(WeightPath path, long count, long size, Init? init = null, int? paddingIndex = null)
    {
        Init start = init ?? new Init.Normal(1);
        Weight = Add(path.Parameter("weight", [count, size], paddingIndex is int row ? new Init.WithZeroRow(start, row) : start));
        _paddingIndex = paddingIndex ?? -1;
    }

    /// <summary>[count, size].</summary>
    public Parameter Weight { get; }

    /// <summary>Looks vectors up.</summary>
    /// <param name="indices">Int64 of any shape, each in [0, count). Borrowed.</param>
    /// <returns>[.., size], in the current scope.</returns>
    public Tensor Forward(Tensor indices) => LookUp.Call(Weight.Value, indices, _paddingIndex);
}
