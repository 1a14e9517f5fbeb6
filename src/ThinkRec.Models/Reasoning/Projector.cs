using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Reasoning;

/// <summary>Maps collaborative vectors into the language model's embedding space; users and items share it.</summary>
/// <remarks>Source: ThinkRec eq. (3); Linear – ReLU – Linear with ten times the vectors' width inside, as in the authors' minigpt4rec_v3.py.
/// <see cref="ProjectorShape.Full"/> differs from it: the input is twice as wide, for an item's vector and its product with the user's (see <see cref="ReasoningModel"/>), and a
/// straight linear path beside the two layers carries the encoder's own score, from the first step on (<see cref="StartFromEncoder"/>).</remarks>
public sealed class Projector : Module
{
    private readonly ProjectorShape _shape;
    private readonly long _vectorSize;
    private readonly int _tokens;
    private readonly Linear? _inner;
    private readonly Linear? _outer;
    private readonly Linear? _straight;

    /// <summary>Builds the projector.</summary>
    /// <param name="path">Where weights come from.</param>
    /// <param name="vectorSize">d.</param>
    /// <param name="hiddenSize">H.</param>
    /// <param name="shape">Its layers.</param>
    /// <param name="tokens">k: tokens that stand for a vector.</param>
    public Projector(WeightPath path, long vectorSize, long hiddenSize, ProjectorShape shape = ProjectorShape.Full, int tokens = 1)
    {
        (_shape, _vectorSize, _tokens) = (shape, vectorSize, tokens);
        long input = shape == ProjectorShape.Full ? 2 * vectorSize : vectorSize;
        long output = tokens * hiddenSize;
        if (shape != ProjectorShape.Linear)
        {
            // Small outputs, so that an untrained vector disturbs the prompt as little as an ordinary token does; the paper's layers begin as PyTorch's do.
            Init.Normal? small = shape == ProjectorShape.Full ? new(0.02 / Math.Sqrt(10.0 * vectorSize)) : null;
            _inner = Add(new Linear(path / "inner", input, 10 * vectorSize, bias: true));
            _outer = Add(new Linear(path / "outer", 10 * vectorSize, output, bias: true, small));
        }

        if (shape != ProjectorShape.Mlp)
        {
            double deviation = shape == ProjectorShape.Full ? 0.02 / Math.Sqrt(2.0 * vectorSize) : 0.02;
            _straight = Add(new Linear(path / "straight", input, output, bias: false, new Init.Normal(deviation)));
        }
    }

    /// <summary>Lets the straight path begin with what the encoder itself would answer: the product of user and item points where Yes differs from No.
    /// Shapes that do not see the product stay as they are.</summary>
    /// <param name="direction">[H], borrowed: what to add to the residual stream for each unit of the encoder's score.</param>
    public void StartFromEncoder(Tensor direction)
    {
        if (_shape != ProjectorShape.Full)
        {
            return;
        }

        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        Tensor products = _straight!.Weight.Value.Narrow(1, _vectorSize, _vectorSize); // [k H, d]
        Tensor rows = _tokens == 1 ? direction : Tensor.Cat(0, [.. Enumerable.Repeat(direction, _tokens)]);
        products.CopyInPlace(rows.Unsqueeze(1).Expand(products.Shape.ToArray()));
    }

    /// <summary>Projects vectors.</summary>
    /// <param name="vectors">[n, 2 d], borrowed.</param>
    /// <returns>[n, k H].</returns>
    public Tensor Forward(Tensor vectors)
    {
        using var scope = TensorScope.Begin();
        Tensor input = _shape == ProjectorShape.Full ? vectors : vectors.Narrow(1, 0, _vectorSize);
        Tensor? layers = _inner is null ? null : _outer!.Forward(_inner.Forward(input).Relu());
        Tensor? straight = _straight?.Forward(input);
        return scope.Return(layers is null ? straight! : straight is null ? layers : layers + straight);
    }
}
