using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>One named weight of a module.</summary>
public sealed class Parameter : IDisposable
{
    /// <summary>Takes over a tensor.</summary>
    /// <param name="key">Key in weight files.</param>
    /// <param name="value">The weight, owned from now on. A floating one starts trainable.</param>
    public Parameter(string key, Tensor value)
    {
        Key = key;
        Value = value.Own();
        Trainable = value.DType is DType.Float16 or DType.BFloat16 or DType.Float32 or DType.Float64;
    }

    /// <summary>Key in weight files.</summary>
    public string Key { get; }

    /// <summary>The weight; belongs to this object.</summary>
    public Tensor Value { get; private set; }

    /// <summary>Whether backward gathers a gradient here.</summary>
    public bool Trainable
    {
        get => Value.RequiresGrad;
        set => Value.RequiresGrad = value && Value.DType == DType.Int8
            ? throw new InvalidOperationException($"{Key} is held as int8 and cannot be trained. Train adapters beside it, or load the model without int8.")
            : value;
    }

    /// <summary>The gradient of the rows that a step has used, where whoever computed it knows them; else null, and the gradient is the tensor's.</summary>
    public RowGradient? RowGradient { get; set; }

    /// <inheritdoc/>
    public void Dispose() => Value.Dispose();

    /// <inheritdoc/>
    public override string ToString() => $"{Key} {Value}";

    internal void MoveTo(Device device)
    {
        if (Value.Device == device)
        {
            return;
        }

        using var scope = TensorScope.Begin();
        using Tensor before = Value;
        bool trainable = Trainable;
        Value = before.Detach().To(device).Own();
        Trainable = trainable;
    }
}
