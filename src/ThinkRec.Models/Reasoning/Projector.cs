using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Reasoning;

/// <summary>Maps collaborative vectors into the language model's embedding space; users and items share it.</summary>
/// <remarks>Source: ThinkRec eq. (3); Linear – ReLU – Linear with ten times the vectors' width inside, as in the authors' minigpt4rec_v3.py.
/// Differs from it: the input is twice as wide, for an item's vector and its product with the user's (see <see cref="ReasoningModel"/>), and a
/// straight linear path beside the two layers carries the encoder's own score, from the first step on (<see cref="StartFromEncoder"/>).</remarks>
public sealed class Projector : Module
{
    private readonly Linear _inner;
    private readonly Linear _outer;
    private readonly Linear _straight;

    /// <summary>Builds the projector.</summary>
    /// <param name="path">Where weights come from.</param>
    /// <param name="vectorSize">d.</param>
    /// <param name="hiddenSize">H.</param>
    public Projector(WeightPath path, long vectorSize, long hiddenSize)
    {
        _inner = Add(new Linear(path / "inner", 2 * vectorSize, 10 * vectorSize, bias: true));

        // Small outputs, so that an untrained vector disturbs the prompt as little as an ordinary token does.
        _outer = Add(new Linear(path / "outer", 10 * vectorSize, hiddenSize, bias: true, new Init.Normal(0.02 / Math.Sqrt(10.0 * vectorSize))));
        _straight = Add(new Linear(path / "straight", 2 * vectorSize, hiddenSize, bias: false, new Init.Normal(0.02 / Math.Sqrt(2.0 * vectorSize))));
    }

    /// <summary>Lets the straight path begin with what the encoder itself would answer: the product of user and item points where Yes differs from No.</summary>
    /// <param name="direction">[H], borrowed: what to add to the residual stream for each unit of the encoder's score.</param>
    public void StartFromEncoder(Tensor direction)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        Tensor products = _straight.Weight.Value.Narrow(1, _straight.Weight.Value.Size(1) / 2, _straight.Weight.Value.Size(1) / 2); // [H, d]
        products.CopyInPlace(direction.Unsqueeze(1).Expand(products.Shape.ToArray()));
    }

    /// <summary>Projects vectors.</summary>
    /// <param name="vectors">[n, 2 d], borrowed.</param>
    /// <returns>[n, H].</returns>
    public Tensor Forward(Tensor vectors)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(_outer.Forward(_inner.Forward(vectors).Relu()) + _straight.Forward(vectors));
    }
}
