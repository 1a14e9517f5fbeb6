using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Collaborative;

/// <summary>One block of <see cref="SasRec"/>: attention, then a feed-forward network for each position.</summary>
internal sealed class SasRecBlock : Module
{
    internal const double LayerNormEps = 1e-8;

    private readonly LayerNorm _attentionNorm;
    private readonly MultiheadAttention _attention;
    private readonly LayerNorm _forwardNorm;
    private readonly Linear _conv1;
    private readonly Linear _conv2;
    private readonly double _dropout;

    internal SasRecBlock(WeightPath path, SasRecConfig config, int index)
    {
        long size = config.EmbeddingSize;
        _dropout = config.Dropout;
        _attentionNorm = Add(new LayerNorm(path / "attention_layernorms" / index, size, LayerNormEps));
        _attention = Add(new MultiheadAttention(path / "attention_layers" / index, size, config.NumHeads, config.Dropout));
        _forwardNorm = Add(new LayerNorm(path / "forward_layernorms" / index, size, LayerNormEps));
        // A convolution of width 1 is a linear layer.
        _conv1 = Add(new Linear(path / "forward_layers" / index / "conv1", size, size, bias: true));
        _conv2 = Add(new Linear(path / "forward_layers" / index / "conv2", size, size, bias: true));
    }

    /// <summary>Transforms the last T of S positions; all are attended to as the mask allows.</summary>
    /// <param name="x">[B, S, d], borrowed.</param>
    /// <param name="keep">[B, S, 1], 0 at padding, borrowed; null where no padded place is read.</param>
    /// <param name="mask">[B, 1, S, S] or [S, S], added to the scores, borrowed.</param>
    /// <param name="outputs">T.</param>
    /// <returns>[B, T, d], zero at padding.</returns>
    internal Tensor Forward(Tensor x, Tensor? keep, Tensor mask, long outputs)
    {
        using var scope = TensorScope.Begin();
        long skipped = x.Size(1) - outputs;
        Tensor query = _attentionNorm.Forward(x.Narrow(1, skipped, outputs)); // [B, T, d]
        Tensor attended = query + _attention.Forward(query, x, x, mask.Narrow(-2, skipped, outputs));
        Tensor normed = _forwardNorm.Forward(attended);
        Tensor hidden = F.Dropout(_conv1.Forward(normed), _dropout, IsTraining).Relu();
        Tensor output = normed + F.Dropout(_conv2.Forward(hidden), _dropout, IsTraining);
        return scope.Return(keep is null ? output : output * keep.Narrow(1, skipped, outputs));
    }
}
