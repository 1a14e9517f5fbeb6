using ThinkRec.Models.Llm.Rope;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Llm;

/// <summary>A decoder of one of <see cref="Families.DecoderFamilies"/> with its output head. Holds weights only; what belongs to a request travels in <see cref="DecoderContext"/>.</summary>
/// <remarks>Source: arXiv 2302.13971, 2307.09288; keys and config names as in Hugging Face's Llama. Parity: llama, families.</remarks>
public sealed class LlamaModel : Module
{
    private readonly Embedding _embedTokens;
    private readonly LlamaLayer[] _layers;
    private readonly RmsNorm _norm;
    private readonly Linear? _head;
    private readonly RotaryEmbedding _rotary;
    private readonly DecoderPassMaker _passes;

    /// <summary>Builds the model from fresh or stored weights.</summary>
    /// <param name="weights">Where weights come from; keys as in Hugging Face checkpoints.</param>
    /// <param name="config">Shape.</param>
    /// <exception cref="CheckpointException">A weight is missing or has another shape.</exception>
    public LlamaModel(WeightPath weights, LlamaConfig config)
    {
        Config = config;
        var projections = new ProjectionCatalog(config.NumHiddenLayers);
        WeightPath body = weights / "model";
        _embedTokens = Add(new Embedding(body / "embed_tokens", config.VocabSize, config.HiddenSize, new Init.Normal(config.TieWordEmbeddings ? 0.05 : 0.3)));
        _layers = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => Add(new LlamaLayer(body / "layers" / i, config, i, projections)))];
        _norm = Add(new RmsNorm(body / "norm", config.HiddenSize, config.RmsNormEps));
        _head = config.TieWordEmbeddings ? null
            : Add(new Linear(weights / "lm_head", config.HiddenSize, config.VocabSize, bias: false, new Init.Normal(0.02)));
        Projections = projections.All;
        _rotary = new RotaryEmbedding(config);
        _passes = new DecoderPassMaker(config, _rotary);
    }

    /// <summary>Shape.</summary>
    public LlamaConfig Config { get; }

    /// <summary>Every projection that can carry adapters.</summary>
    public IReadOnlyList<Projection> Projections { get; }

    /// <summary>The output head's weight [vocabulary, hidden]; borrowed.</summary>
    public Tensor HeadWeight => (_head?.Weight ?? _embedTokens.Weight).Value;

    /// <summary>Looks tokens up.</summary>
    /// <param name="tokenIds">Int64 [B, T], on the CPU or where the model lies, borrowed.</param>
    /// <returns>[B, T, H].</returns>
    public Tensor Embed(Tensor tokenIds)
    {
        Device device = _embedTokens.Weight.Value.Device;
        if (tokenIds.Device == device)
        {
            return _embedTokens.Forward(tokenIds);
        }

        using var scope = TensorScope.Begin();
        return scope.Return(_embedTokens.Forward(tokenIds.To(device)));
    }

    /// <summary>Whether sequences may lie one behind the other, without padding (<see cref="DecoderContext.Lengths"/>).</summary>
    /// <param name="longest">Tokens of the longest.</param>
    /// <returns>True for Float32 on the CPU, where no window is shorter.</returns>
    public bool Packs(int longest) => Fused.Takes(_embedTokens.Weight.Value) && !(longest > Config.Windows?.Length);

    /// <summary>Runs the layers over embeddings. Each position sees itself and earlier ones. Padding belongs on the right, or, told to the context, on the left.</summary>
    /// <param name="embeddings">[B, T, H], borrowed.</param>
    /// <param name="context">Cache, adapters and left padding; with a cache the positions go on where it ends.</param>
    /// <returns>[B, T, H] after the final norm, or [N, H] of the context's outputs.</returns>
    /// <exception cref="ArgumentException">More positions than the model has.</exception>
    public Tensor Forward(Tensor embeddings, in DecoderContext context = default)
    {
        using var scope = TensorScope.Begin();
        using Outputs? outputs = OutputsOf(embeddings, context);
        DecoderPass pass = _passes.Begin(embeddings, context);
        Tensor x = Run(embeddings, context.FirstLayer, _layers.Length, context, pass, outputs);
        return scope.Return(_norm.Forward(x));
    }

    /// <summary>Runs the lower layers alone.</summary>
    /// <param name="embeddings">[B, T, H], borrowed.</param>
    /// <param name="layers">How many; what a pass with this <see cref="DecoderContext.FirstLayer"/> goes on from.</param>
    /// <param name="context">As for <see cref="Forward"/>.</param>
    /// <returns>[B, T, H], the input of the next layer.</returns>
    public Tensor Lower(Tensor embeddings, int layers, in DecoderContext context = default)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(Run(embeddings, 0, layers, context, _passes.Begin(embeddings, context), null).Alias());
    }

    /// <summary>Switches dropout on from a layer upwards, and off below.</summary>
    /// <param name="firstLayer">The lowest layer with dropout.</param>
    public void SetTrainingFrom(int firstLayer)
    {
        SetTraining(true);
        foreach (LlamaLayer layer in _layers.Take(firstLayer))
        {
            layer.SetTraining(false);
        }
    }

    internal IReadOnlyList<LlamaLayer> Layers => _layers;

    internal RmsNorm Norm => _norm;

    internal DecoderPass Begin(Tensor embeddings, in DecoderContext context) => _passes.Begin(embeddings, context);

    internal static Outputs? OutputsOf(Tensor embeddings, in DecoderContext context) =>
        context.Outputs is Tensor positions ? new Outputs(positions, context.Blend, embeddings.Size(1)) : null;

    private Tensor Run(Tensor x, int first, int end, in DecoderContext context, in DecoderPass pass, Outputs? outputs)
    {
        for (int i = first; i < end; i++)
        {
            x = _layers[i].Forward(x, context, pass, i == _layers.Length - 1 ? outputs : null);
        }

        return x;
    }

    /// <summary>Logits of every token.</summary>
    /// <param name="hiddenStates">[.., H] from <see cref="Forward"/>, borrowed.</param>
    /// <returns>[.., vocabulary], Float32; the product is computed in the head's type.</returns>
    public Tensor Logits(Tensor hiddenStates)
    {
        Tensor head = HeadWeight;
        if (head.DType == DType.Float32 && hiddenStates.DType == DType.Float32)
        {
            return F.Linear(hiddenStates, head);
        }

        using var scope = TensorScope.Begin();
        return scope.Return(hiddenStates.To(head.DType).Linear(head).To(DType.Float32));
    }

    /// <summary>Logits of a few tokens only, computed in Float32.</summary>
    /// <param name="hiddenStates">[N, H], borrowed.</param>
    /// <param name="tokenIds">Int64 [M], borrowed.</param>
    /// <returns>[N, M], Float32.</returns>
    public Tensor Logits(Tensor hiddenStates, Tensor tokenIds)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(hiddenStates.To(DType.Float32).Linear(HeadWeight.IndexSelect(0, tokenIds).To(DType.Float32)));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _rotary.Dispose();
        }

        base.Dispose(disposing);
    }
}
