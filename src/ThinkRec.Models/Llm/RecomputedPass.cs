using ThinkRec.Torch;

namespace ThinkRec.Models.Llm;

/// <summary>A forward pass that keeps the input of each layer and nothing else of it: backward computes the layers again, one at a time, in less memory and more time.</summary>
/// <remarks>Source: arXiv 1604.06174. Dropout is drawn again from the state of the default generator before each layer, so that the gradients are those of a plain pass.</remarks>
public sealed class RecomputedPass : IDisposable
{
    private readonly LlamaModel _model;
    private readonly DecoderContext _context;
    private readonly DecoderPass _pass;
    private readonly Outputs? _outputs;
    private readonly Tensor _embeddings;
    private readonly Tensor _top;
    private readonly int _lowest;
    private readonly List<(Tensor Input, byte[] Random)> _layers = [];

    /// <summary>Runs the layers forward. All tensors belong to the scope that is open, which must last until <see cref="Backward"/>.</summary>
    /// <param name="model">The model, borrowed.</param>
    /// <param name="embeddings">[B, T, H], borrowed.</param>
    /// <param name="context">Adapters, lengths and outputs; no cache.</param>
    public RecomputedPass(LlamaModel model, Tensor embeddings, in DecoderContext context)
    {
        if (embeddings.Device != Device.Cpu && model.Projections.Any(p => p.Linear.IsTraining && p.Linear.Adapters.Values.Any(a => a.Dropout > 0)))
        {
            throw new InvalidOperationException($"Layers on {embeddings.Device} cannot be computed again with dropout: its random numbers there cannot be drawn again. Set the adapters' dropout to 0 or recompute to false.");
        }

        (_model, _context, _embeddings) = (model, context, embeddings);
        _pass = model.Begin(embeddings, context);
        _outputs = LlamaModel.OutputsOf(embeddings, context);
        _lowest = embeddings.RequiresGrad ? context.FirstLayer : LowestTrained();
        Tensor x = embeddings.Detach();
        using (NoGrad.Begin())
        {
            for (int i = context.FirstLayer; i < model.Layers.Count; i++)
            {
                if (i >= _lowest)
                {
                    _layers.Add((x, Generator.Default.GetState()));
                }

                x = Layer(i, x);
            }
        }

        _top = x.Detach();
        _top.RequiresGrad = true;
        Hidden = model.Norm.Forward(_top);
    }

    /// <summary>What <see cref="LlamaModel.Forward"/> would give; a loss of it goes backward to here by itself.</summary>
    public Tensor Hidden { get; }

    /// <summary>Goes on backward, once a loss of <see cref="Hidden"/> has been gone back from.</summary>
    public void Backward()
    {
        byte[] after = Generator.Default.GetState();
        Tensor? grad = _top.Grad();
        for (int i = _model.Layers.Count - 1; grad is not null && i >= _lowest && i >= _context.FirstLayer; i--)
        {
            grad = GoBack(i, grad);
        }

        if (grad is not null && _embeddings.RequiresGrad)
        {
            using var scope = TensorScope.Begin();
            (_embeddings * grad).Sum().Backward();
        }

        Generator.Default.SetState(after);
    }

    /// <inheritdoc/>
    public void Dispose() => _outputs?.Dispose();

    private Tensor? GoBack(int layer, Tensor grad)
    {
        using var scope = TensorScope.Begin();
        (Tensor input, byte[] random) = _layers[layer - Math.Max(_lowest, _context.FirstLayer)];
        Generator.Default.SetState(random);
        Tensor x = input.Detach();
        x.RequiresGrad = layer > _lowest || _embeddings.RequiresGrad;
        (Layer(layer, x) * grad).Sum().Backward();
        return x.Grad() is Tensor below ? scope.Return(below) : null;
    }

    private Tensor Layer(int i, Tensor x) => _model.Layers[i].Forward(x, _context, _pass, i == _model.Layers.Count - 1 ? _outputs : null);

    private int LowestTrained()
    {
        int lowest = 0;
        while (lowest < _model.Layers.Count && !_model.Layers[lowest].Parameters().Any(p => p.Trainable))
        {
            lowest++;
        }

        return lowest;
    }
}
