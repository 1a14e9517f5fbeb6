using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Multi-head attention in torch.nn.MultiheadAttention's layout, batch first.</summary>
/// <remarks>Source: arXiv 1706.03762 §3.2.2.</remarks>
public sealed class MultiheadAttention : Module
{
    private readonly int _heads;
    private readonly double _dropout;
    private readonly Parameter _inWeight;
    private readonly Parameter _inBias;
    private readonly Linear _outProj;

    /// <summary>Builds the layer.</summary>
    /// <param name="path">Where weights come from; keys <c>in_proj_weight</c>, <c>in_proj_bias</c>, <c>out_proj.*</c>.</param>
    /// <param name="size">Width E.</param>
    /// <param name="heads">Heads; divides the width.</param>
    /// <param name="dropout">Probability on the attention weights.</param>
    public MultiheadAttention(WeightPath path, long size, int heads, double dropout)
    {
        _heads = heads;
        _dropout = dropout;
        _inWeight = Add(path.Parameter("in_proj_weight", [3 * size, size], new Init.XavierUniform()));
        _inBias = Add(path.Parameter("in_proj_bias", [3 * size], new Init.Zeros()));
        _outProj = Add(new Linear(path / "out_proj", size, size, bias: true, new Init.KaimingUniform()));
    }

    /// <summary>Attends.</summary>
    /// <param name="query">[B, T, E], borrowed.</param>
    /// <param name="key">[B, S, E], borrowed.</param>
    /// <param name="value">[B, S, E], borrowed.</param>
    /// <param name="mask">Added to the scores, [T, S] or [B, 1, T, S]; null for none.</param>
    /// <returns>[B, T, E].</returns>
    public Tensor Forward(Tensor query, Tensor key, Tensor value, Tensor? mask)
    {
        using var scope = TensorScope.Begin();
        Tensor q = Project(query, 0);
        Tensor k = Project(key, 1);
        Tensor v = Project(value, 2);
        Tensor attended = F.ScaledDotProductAttention(q, k, v, mask, _dropout, IsTraining); // [B, N, T, D]
        return scope.Return(_outProj.Forward(attended.Transpose(1, 2).Reshape(query.Size(0), query.Size(1), query.Size(2))));
    }

    private Tensor Project(Tensor x, int part)
    {
        long size = x.Size(-1);
        return x.Linear(_inWeight.Value.Narrow(0, part * size, size), _inBias.Value.Narrow(0, part * size, size))
            .Reshape(x.Size(0), x.Size(1), _heads, size / _heads).Transpose(1, 2); // [B, N, T, D]
    }
}
