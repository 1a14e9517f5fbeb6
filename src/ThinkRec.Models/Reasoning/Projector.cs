using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Reasoning;

/// <summary>Maps collaborative vectors into the language model's embedding space; users and items share it.</summary>
/// <remarks>Source: ThinkRec eq. (3); Linear(d, 10 d) – ReLU – Linear(10 d, H) as in the authors' minigpt4rec_v3.py.</remarks>
public sealed class Projector : Module
{
    private readonly Linear _inner;
    private readonly Linear _outer;

    /// <summary>Builds the projector.</summary>
    /// <param name="path">Where weights come from.</param>
    /// <param name="vectorSize">d.</param>
    /// <param name="hiddenSize">H.</param>
    public Projector(WeightPath path, long vectorSize, long hiddenSize)
    {
        _inner = Add(new Linear(path / "inner", vectorSize, 10 * vectorSize, bias: true));

        // Small outputs, so that an untrained vector disturbs the prompt as little as an ordinary token does.
        _outer = Add(new Linear(path / "outer", 10 * vectorSize, hiddenSize, bias: true, new Init.Normal(0.02 / Math.Sqrt(10.0 * vectorSize))));
    }

    /// <summary>Projects vectors.</summary>
    /// <param name="vectors">[n, d], borrowed.</param>
    /// <returns>[n, H].</returns>
    public Tensor Forward(Tensor vectors)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(_outer.Forward(_inner.Forward(vectors).Relu()));
    }
}
