using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Adam with decoupled decay: weights shrink by learningRate · decay, whatever the gradient.</summary>
/// <param name="parameters">Borrowed; each once.</param>
/// <param name="options">Settings.</param>
public sealed class AdamW(IReadOnlyList<Parameter> parameters, AdamOptions options) : AdamBase(parameters, options)
{
    private protected override bool IsDecayCoupled => false;

    private protected override Tensor[] Decay(Tensor[] values, Tensor[] grads, double weightDecay, double learningRate)
    {
        Foreach.MulInPlace.Run(values, 1 - (learningRate * weightDecay));
        return grads;
    }
}
