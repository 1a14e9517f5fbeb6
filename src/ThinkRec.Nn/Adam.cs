using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Adam with coupled decay: decay · weight is added to the gradient (L2).</summary>
/// <param name="parameters">Borrowed; each once.</param>
/// <param name="options">Settings.</param>
public sealed class Adam(IReadOnlyList<Parameter> parameters, AdamOptions options) : AdamBase(parameters, options)
{
    private protected override bool IsDecayCoupled => true;

    private protected override Tensor[] Decay(Tensor[] values, Tensor[] grads, double weightDecay, double learningRate) =>
        Foreach.Add.CallAll(grads, values, weightDecay);
}
