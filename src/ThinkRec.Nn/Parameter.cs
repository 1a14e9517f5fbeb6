using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>A weight: a tensor that outlives scopes, under the key it has in checkpoints.</summary>
public sealed class Parameter : IDisposable
{
    /// <summary>Takes a tensor over.</summary>
    /// <param name="key">Full key, such as <c>model.norm.weight</c>.</param>
    /// <param name="value">An owned tensor; the parameter disposes it.</param>
    public Parameter(string key, Tensor value)
    {
        Key = key;
        Value = value;
    }

    /// <summary>Full key in checkpoints.</summary>
    public string Key { get; }

    /// <summary>The tensor; borrowed by whoever reads it.</summary>
    public Tensor Value { get; }

    /// <summary>Whether backward computes a gradient for it.</summary>
    public bool Trainable
    {
        get => Value.RequiresGrad;
        set => Value.RequiresGrad = value;
    }

    /// <inheritdoc/>
    public void Dispose() => Value.Dispose();
}
