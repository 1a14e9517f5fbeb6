using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Llm;

/// <summary>One decoder layer: attention and a SwiGLU feed-forward block, each behind an RMSNorm and a residual.</summary>
internal sealed class LlamaLayer : Module
{
    private readonly RmsNorm _inputNorm;
    private readonly RmsNorm _postAttentionNorm;
    private readonly LlamaAttention _attention;
    private readonly LoraLinear _gateProj;
    private readonly LoraLinear _upProj;
    private readonly LoraLinear _downProj;

    internal LlamaLayer(WeightPath path, LlamaConfig config, int index, ProjectionCatalog projections)
    {
        _inputNorm = Add(new RmsNorm(path / "input_layernorm", config.HiddenSize, config.RmsNormEps));
        _attention = Add(new LlamaAttention(path / "self_attn", config, index, projections));
        _postAttentionNorm = Add(new RmsNorm(path / "post_attention_layernorm", config.HiddenSize, config.RmsNormEps));
        WeightPath mlp = path / "mlp";
        _gateProj = Add(projections.Create(mlp, index, "gate_proj", config.HiddenSize, config.IntermediateSize));
        _upProj = Add(projections.Create(mlp, index, "up_proj", config.HiddenSize, config.IntermediateSize));
        _downProj = Add(projections.Create(mlp, index, "down_proj", config.IntermediateSize, config.HiddenSize));
    }

    internal Tensor Forward(Tensor hiddenStates, in DecoderContext context, in DecoderPass pass)
    {
        using var scope = TensorScope.Begin();
        Tensor x = hiddenStates + _attention.Forward(_inputNorm.Forward(hiddenStates), context, pass);
        Tensor normed = _postAttentionNorm.Forward(x);
        Tensor inner = _gateProj.Forward(normed, context.Blend).Silu() * _upProj.Forward(normed, context.Blend);
        return scope.Return(x + _downProj.Forward(inner, context.Blend));
    }
}
