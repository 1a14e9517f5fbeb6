using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>What <see cref="Adam"/> and <see cref="AdamW"/> share; formulas in torch.optim's order.</summary>
/// <remarks>
/// Source: arXiv 1412.6980, 1711.05101. A parameter with a <see cref="RowGradient"/> is updated there alone: moments and decay of its other rows
/// wait, as in torch.optim.SparseAdam; the bias correction counts every step of the table.
/// </remarks>
public abstract class AdamBase : Optimizer
{
    private const int LeastElements = 32768; // what is worth another thread
    private readonly Slot[] _slots;

    private protected AdamBase(IReadOnlyList<Parameter> parameters, AdamOptions options) : base(parameters)
    {
        if (options.Problems() is { Count: > 0 } problems)
        {
            throw new ArgumentException($"The optimizer's settings have {problems.Count} problems: {string.Join("; ", problems)}.");
        }

        Options = options;
        using var scope = TensorScope.Begin();
        _slots = [.. Parameters.Select(p => new Slot(p, options))];
    }

    /// <summary>The settings.</summary>
    public AdamOptions Options { get; }

    /// <inheritdoc/>
    public override void Step(double learningRate)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var ready = new List<(Slot Slot, Tensor Grad)>(_slots.Length);
        var inMemory = new List<(Slot Slot, Tensor Grad)>(_slots.Length);
        foreach (Slot slot in _slots)
        {
            if (slot.Parameter.RowGradient is RowGradient rows)
            {
                slot.Steps++;
                UpdateRows(slot, rows, learningRate);
            }
            else if (slot.Parameter.Value.Grad() is Tensor grad)
            {
                slot.Steps++;
                (slot.Parameter.Value.HasFloats && grad.HasFloats ? inMemory : ready).Add((slot, grad));
            }
        }

        UpdateInMemory(inMemory, learningRate);

        // Lists must lie on one device and have one type; the bias correction depends on the count.
        foreach (var group in ready.GroupBy(r => (r.Slot.Steps, r.Slot.Decays, r.Grad.DType, r.Grad.Device)))
        {
            Slot[] slots = [.. group.Select(r => r.Slot)];
            Update(slots, [.. group.Select(r => r.Grad)], group.Key.Decays ? Options.WeightDecay : 0, learningRate);
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Key, Tensor Value)> State()
    {
        RequireDistinctKeys();
        foreach (Slot slot in _slots)
        {
            yield return ($"{slot.Parameter.Key}.exp_avg", slot.Mean);
            yield return ($"{slot.Parameter.Key}.exp_avg_sq", slot.MeanSquare);
            yield return ($"{slot.Parameter.Key}.step", Tensor.From([slot.Steps]));
        }
    }

    /// <inheritdoc/>
    public override void LoadState(SafetensorsFile file, string prefix)
    {
        RequireDistinctKeys();
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var source = new FileWeights(file);
        foreach (Slot slot in _slots)
        {
            string key = prefix + slot.Parameter.Key;
            Restore(slot.Mean, source, $"{key}.exp_avg");
            Restore(slot.MeanSquare, source, $"{key}.exp_avg_sq");
            using Tensor steps = source.Get($"{key}.step", [], new Init.Zeros());
            slot.Steps = steps.DType == DType.Int64 && steps.ToArray<long>()[0] is >= 0 and long count ? count
                : throw new CheckpointException($"Weight '{key}.step' in {file.Path} must be a count from 0 (I64) but is {steps}.");
        }
    }

    /// <summary>Whether the decay is added to the gradient; else it shrinks the weights.</summary>
    private protected abstract bool IsDecayCoupled { get; }

    /// <summary>Applies decay before the moments see the gradients.</summary>
    private protected abstract Tensor[] Decay(Tensor[] values, Tensor[] grads, double weightDecay, double learningRate);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (Slot slot in _slots)
        {
            slot.Mean.Dispose();
            slot.MeanSquare.Dispose();
        }
    }

    /// <summary>One pass over the elements of all parameters, as if they lay one behind the other.</summary>
    private void UpdateInMemory(List<(Slot Slot, Tensor Grad)> ready, double learningRate)
    {
        AdamKernel[] kernels = [.. ready.Select(r => Kernel(r.Slot, learningRate))];
        int[] starts = new int[ready.Count + 1];
        for (int i = 0; i < ready.Count; i++)
        {
            starts[i + 1] = checked(starts[i] + (int)ready[i].Grad.NumElements);
        }

        Engine.ForRanges(starts[^1], LeastElements, (first, end) =>
        {
            for (int i = Math.Max(0, Array.BinarySearch(starts, first) is int found && found >= 0 ? found : ~found - 1); i < ready.Count && starts[i] < end; i++)
            {
                Range part = (Math.Max(first, starts[i]) - starts[i])..(Math.Min(end, starts[i + 1]) - starts[i]);
                (Slot slot, Tensor grad) = ready[i];
                kernels[i].Update(slot.Parameter.Value.AsFloats()[part], grad.AsFloats()[part], slot.Mean.AsFloats()[part], slot.MeanSquare.AsFloats()[part]);
            }
        });
    }

    private void UpdateRows(Slot slot, RowGradient gradient, double learningRate)
    {
        int size = (int)slot.Parameter.Value.Size(1);
        AdamKernel kernel = Kernel(slot, learningRate);
        Engine.ForRanges(gradient.Rows.Length, LeastElements / size + 1, (first, end) =>
        {
            Span<float> values = slot.Parameter.Value.AsFloats(), means = slot.Mean.AsFloats(), squares = slot.MeanSquare.AsFloats();
            for (int i = first; i < end; i++)
            {
                int start = gradient.Rows[i] * size;
                kernel.Update(values.Slice(start, size), gradient.Values.AsSpan(i * size, size), means.Slice(start, size), squares.Slice(start, size));
            }
        });
    }

    private AdamKernel Kernel(Slot slot, double learningRate)
    {
        double decay = slot.Decays ? Options.WeightDecay : 0;
        return IsDecayCoupled
            ? new AdamKernel(Options, slot.Steps, learningRate, decay, 1)
            : new AdamKernel(Options, slot.Steps, learningRate, 0, 1 - (learningRate * decay));
    }

    private void Update(Slot[] slots, Tensor[] grads, double weightDecay, double learningRate)
    {
        long step = slots[0].Steps;
        double correction1 = 1 - Math.Pow(Options.Beta1, step);
        double correction2 = 1 - Math.Pow(Options.Beta2, step);
        Tensor[] values = [.. slots.Select(s => s.Parameter.Value)];
        Tensor[] means = [.. slots.Select(s => s.Mean)];
        Tensor[] squares = [.. slots.Select(s => s.MeanSquare)];

        grads = weightDecay == 0 ? grads : Decay(values, grads, weightDecay, learningRate);
        Foreach.MulInPlace.Run(means, Options.Beta1);
        Foreach.AddInPlace.Run(means, grads, 1 - Options.Beta1);
        Foreach.MulInPlace.Run(squares, Options.Beta2);
        Foreach.AddProductInPlace.Run(squares, grads, grads, 1 - Options.Beta2);
        Tensor[] roots = Foreach.Sqrt.CallAll((Arg)squares);
        Foreach.DivInPlace.Run(roots, Math.Sqrt(correction2));
        Foreach.AddScalarInPlace.Run(roots, Options.Epsilon);
        Foreach.AddQuotientInPlace.Run(values, means, roots, -learningRate / correction1);
    }

    private static void Restore(Tensor target, FileWeights source, string key)
    {
        using Tensor saved = source.Get(key, target.Shape.ToArray(), new Init.Zeros());
        target.CopyInPlace(saved);
    }

    private sealed class Slot(Parameter parameter, AdamOptions options)
    {
        internal Parameter Parameter { get; } = parameter;

        internal bool Decays { get; } = parameter.Value.Rank >= 2 || !options.DecayMatricesOnly;

        internal Tensor Mean { get; } = Zeros(parameter.Value);

        internal Tensor MeanSquare { get; } = Zeros(parameter.Value);

        internal long Steps { get; set; }

        private static Tensor Zeros(Tensor like) => Tensor.Zeros(like.Shape.ToArray(), like.DType, like.Device).Own();
    }
}
