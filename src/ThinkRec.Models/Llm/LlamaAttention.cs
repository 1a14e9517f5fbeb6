using ThinkRec.Models.Llm.Families;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Llm;

/// <summary>Grouped-query causal self-attention with rotary positions; biases, norms and windows as the family has them.</summary>
/// <remarks>Source: arXiv 2305.13245 §2. Keys as in Hugging Face's Llama; <c>q_norm</c> and <c>k_norm</c> as in its Qwen3.</remarks>
internal sealed class LlamaAttention : Module
{
    private readonly LlamaConfig _config;
    private readonly int _layerIndex;
    private readonly LoraLinear _qProj;
    private readonly LoraLinear _kProj;
    private readonly LoraLinear _vProj;
    private readonly LoraLinear _oProj;
    private readonly RmsNorm? _qNorm;
    private readonly RmsNorm? _kNorm;
    private readonly bool _rotates;
    private readonly bool _hasWindow;

    internal LlamaAttention(WeightPath path, LlamaConfig config, int layerIndex, ProjectionCatalog projections)
    {
        _config = config;
        _layerIndex = layerIndex;
        long queries = (long)config.NumAttentionHeads * config.HeadSize;
        long keys = (long)config.KeyValueHeads * config.HeadSize;
        DecoderFamily family = config.Family;
        bool hasBias = family.HasQkvBias(config);
        _qProj = Add(projections.Create(path, layerIndex, "q_proj", config.HiddenSize, queries, hasBias));
        _kProj = Add(projections.Create(path, layerIndex, "k_proj", config.HiddenSize, keys, hasBias));
        _vProj = Add(projections.Create(path, layerIndex, "v_proj", config.HiddenSize, keys, hasBias));
        _oProj = Add(projections.Create(path, layerIndex, "o_proj", queries, config.HiddenSize, family.HasOutputBias(config)));
        if (family.HasQkNorm)
        {
            _qNorm = Add(new RmsNorm(path / "q_norm", config.HeadSize, config.RmsNormEps));
            _kNorm = Add(new RmsNorm(path / "k_norm", config.HeadSize, config.RmsNormEps));
        }

        _rotates = family.Rotates(config, layerIndex);
        _hasWindow = family.Window(config, layerIndex) is not null;
    }

    /// <summary>Attends; what <see cref="Project"/> has yet to multiply.</summary>
    /// <param name="hiddenStates">[B, T, H], borrowed.</param>
    /// <param name="context">Cache and adapters.</param>
    /// <param name="pass">Rotations and masks.</param>
    /// <returns>[B, T, N · D].</returns>
    internal Tensor Forward(Tensor hiddenStates, in DecoderContext context, in DecoderPass pass)
    {
        using var scope = TensorScope.Begin();
        Tensor[] projected = LoraLinear.ForwardAll(hiddenStates, context.Blend, _qProj, _kProj, _vProj);
        if (pass.Offsets is Tensor offsets)
        {
            return scope.Return(Fused.CausalAttention(
                Normed(projected[0], _config.NumAttentionHeads, _qNorm), Normed(projected[1], _config.KeyValueHeads, _kNorm), projected[2],
                _rotates ? pass.Rotation : null, offsets, _config.NumAttentionHeads, _config.KeyValueHeads));
        }

        Tensor q = SplitHeads(projected[0], _config.NumAttentionHeads, _qNorm); // [B, N, T, D]
        Tensor k = SplitHeads(projected[1], _config.KeyValueHeads, _kNorm); // [B, K, T, D]
        Tensor v = SplitHeads(projected[2], _config.KeyValueHeads, null); // [B, K, T, D]
        if (_rotates)
        {
            q = pass.Rotary.Apply(q, pass.Rotation);
            k = pass.Rotary.Apply(k, pass.Rotation);
        }

        if (context.Cache is KvCache cache)
        {
            (k, v) = cache.Append(_layerIndex, k, v); // [B, K, S, D]
        }

        Tensor attended = F.ScaledDotProductAttention(q, k, v, _hasWindow ? pass.WindowMask : pass.Mask); // [B, N, T, D]
        long[] merged = [attended.Size(0), attended.Size(2), (long)_config.NumAttentionHeads * _config.HeadSize];
        return scope.Return(attended.Transpose(1, 2).Reshape(merged)); // [B, T, N · D]
    }

    /// <summary>Maps what was attended to back to the hidden size.</summary>
    /// <param name="attended">[.., N · D] from <see cref="Forward"/>, borrowed.</param>
    /// <param name="blend">Adapters per row of it.</param>
    /// <returns>[.., H].</returns>
    internal Tensor Project(Tensor attended, AdapterBlend? blend) => _oProj.Forward(attended, blend);

    private Tensor Normed(Tensor x, int heads, RmsNorm? norm) =>
        norm is null ? x : norm.Forward(x.Reshape(-1, heads, _config.HeadSize)).Reshape(x.Shape.ToArray());

    private Tensor SplitHeads(Tensor x, int heads, RmsNorm? norm)
    {
        Tensor split = x.Reshape(x.Size(0), x.Size(1), heads, _config.HeadSize);
        return (norm?.Forward(split) ?? split).Transpose(1, 2);
    }
}
