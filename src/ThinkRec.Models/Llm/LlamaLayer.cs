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

    /// <param name="hiddenStates">[B, T, H], borrowed.</param>
    /// <param name="context">Cache and adapters.</param>
    /// <param name="pass">Rotations and masks.</param>
    /// <param name="outputs">Flat positions that are wanted; null for all.</param>
    /// <returns>[B, T, H], or [outputs, H].</returns>
    internal Tensor Forward(Tensor hiddenStates, in DecoderContext context, in DecoderPass pass, Outputs? outputs = null)
    {
        using var scope = TensorScope.Begin();
        AdapterBlend? blend = outputs is null ? context.Blend : outputs.Blend;
        Tensor attended = _attention.Forward(_inputNorm.Forward(hiddenStates), context, pass);
        Tensor x = outputs is null ? hiddenStates + _attention.Project(attended, blend)
            : outputs.Select(hiddenStates) + _attention.Project(outputs.Select(attended), blend);
        Tensor normed = _postAttentionNorm.Forward(x);
        Tensor[] inner = LoraLinear.ForwardAll(normed, blend, _gateProj, _upProj);
        return scope.Return(x + _downProj.Forward(Fused.Swiglu(inner[0], inner[1]), blend));
    }
}
