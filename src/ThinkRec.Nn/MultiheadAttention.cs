using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Attention with several heads, in the weight layout of torch.nn.MultiheadAttention; batch first.</summary>
public sealed class MultiheadAttention : Module
{
    private readonly Parameter _inWeight;
    private readonly Parameter _inBias;
    private readonly Linear _outProj;
    private readonly long _size;
    private readonly int _heads;
    private readonly double _dropout;

    /// <summary>Gets <c>in_proj_weight</c> [3E, E], <c>in_proj_bias</c> [3E], <c>out_proj.weight</c> [E, E] and <c>out_proj.bias</c> [E].</summary>
    /// <param name="path">Where they are.</param>
    /// <param name="size">E.</param>
    /// <param name="heads">Number of heads; divides E.</param>
    /// <param name="dropout">Probability of dropping an attention weight while training.</param>
    public MultiheadAttention(WeightPath path, long size, int heads, double dropout)
    {
        if (heads < 1 || size % heads != 0)
        {
            throw new ArgumentException($"{path.Prefix}: size {size} is no multiple of {heads} heads. Choose a number of heads that divides the size.");
        }

        _size = size;
        _heads = heads;
        _dropout = dropout;
        _inWeight = Add(path.Parameter("in_proj_weight", [3 * size, size], new Init.XavierUniform()));
        _inBias = Add(path.Parameter("in_proj_bias", [3 * size], new Init.Zeros()));
        _outProj = Add(new Linear(path / "out_proj", size, size, bias: true));
    }

    /// <summary>Attends.</summary>
    /// <param name="query">[B, T, E]. Borrowed, as are all.</param>
    /// <param name="key">[B, S, E].</param>
    /// <param name="value">[B, S, E].</param>
    /// <param name="mask">Added to the scores: [T, S] or [B, 1, T, S]; null attends everywhere.</param>
    /// <returns>[B, T, E], in the current scope.</returns>
    public Tensor Forward(Tensor query, Tensor key, Tensor value, Tensor? mask)
    {
        using var scope = TensorScope.Begin();
        (Tensor q, Tensor k, Tensor v) = Project(query, key, value);
        Tensor attended = F.ScaledDotProductAttention(Split(q), Split(k), Split(v), mask, _dropout, IsTraining); // [B, N, T, D]
        Tensor merged = attended.Transpose(1, 2).Reshape(query.Size(0), query.Size(1), _size);                     // [B, T, E]
        return scope.Return(_outProj.Forward(merged));
    }

    private (Tensor Q, Tensor K, Tensor V) Project(Tensor query, Tensor key, Tensor value)
    {
        if (!ReferenceEquals(query, key) || !ReferenceEquals(key, value))
        {
            return (Part(query, 0), Part(key, 1), Part(value, 2));
        }

        Tensor all = query.Linear(_inWeight.Value, _inBias.Value); // [B, T, 3E]
        return (all.Narrow(-1, 0, _size), all.Narrow(-1, _size, _size), all.Narrow(-1, 2 * _size, _size));
    }

    private Tensor Part(Tensor x, int index) =>
        x.Linear(_inWeight.Value.Narrow(0, index * _size, _size), _inBias.Value.Narrow(0, index * _size, _size));

    private Tensor Split(Tensor x) => x.Reshape(x.Size(0), x.Size(1), _heads, _size / _heads).Transpose(1, 2); // [B, N, T, D]
}
