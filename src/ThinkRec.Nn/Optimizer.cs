using System.Globalization;
using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Settings of Adam and AdamW.</summary>
public sealed record AdamOptions
{
    /// <summary>Decay of the mean of gradients.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the mean of squared gradients.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the denominator.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Weight decay.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Only matrices decay; norms and biases do not.</summary>
    public bool DecayMatricesOnly { get; init; }

    /// <summary>True for AdamW (decay apart from the gradient); false for Adam (decay added to the gradient).</summary>
    public bool Decoupled { get; init; } = true;
}

/// <summary>Adam and AdamW over lists of tensors, with a few fused calls per step.</summary>
/// <remarks>Source: arXiv 1412.6980, 1711.05101; formulas in torch.optim's order. Parity: adam, adamw.</remarks>
public sealed class AdamOptimizer : IDisposable
{
    private static readonly Op ForeachMul = new("aten::_foreach_mul_", "Scalar");
    private static readonly Op ForeachAdd = new("aten::_foreach_add_", "List");
    private static readonly Op ForeachAddScalar = new("aten::_foreach_add_", "Scalar");
    private static readonly Op ForeachAddList = new("aten::_foreach_add", "List");
    private static readonly Op ForeachAddcmul = new("aten::_foreach_addcmul_", "Scalar");
    private static readonly Op ForeachAddcdiv = new("aten::_foreach_addcdiv_", "Scalar");
    private static readonly Op ForeachSqrt = new("aten::_foreach_sqrt");
    private static readonly Op ForeachDiv = new("aten::_foreach_div_", "Scalar");
    private readonly AdamOptions _options;
    private readonly Tensor[] _means;
    private readonly Tensor[] _squares;
    private long _steps;

    /// <summary>Prepares state for parameters.</summary>
    /// <param name="parameters">The parameters to train, borrowed.</param>
    /// <param name="options">Settings.</param>
    public AdamOptimizer(IReadOnlyList<Parameter> parameters, AdamOptions options)
    {
        Parameters = parameters;
        _options = options;
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        _means = [.. parameters.Select(p => ZerosLike(p.Value))];
        _squares = [.. parameters.Select(p => ZerosLike(p.Value))];
    }

    /// <summary>The parameters.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Changes the parameters by their gradients; a parameter without one stays.</summary>
    /// <param name="learningRate">Step size.</param>
    public void Step(double learningRate)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        _steps++; // Differs from torch.optim: one count for all parameters, also for those that had no gradient in some steps.
        var all = Enumerable.Range(0, Parameters.Count).Select(i => (Index: i, Grad: Parameters[i].Value.Grad())).ToArray();
        foreach (bool decays in new[] { true, false })
        {
            var group = all.Where(p => p.Grad != null && Decays(Parameters[p.Index]) == decays).ToArray();
            if (group.Length > 0)
            {
                Update([.. group.Select(p => p.Index)], [.. group.Select(p => p.Grad!)], learningRate, decays ? _options.WeightDecay : 0);
            }
        }
    }

    /// <summary>Forgets the gradients.</summary>
    public void ZeroGrad()
    {
        foreach (Parameter parameter in Parameters)
        {
            parameter.Value.SetGrad(null);
        }
    }

    /// <summary>State for a checkpoint.</summary>
    /// <param name="prefix">Put before every key.</param>
    /// <returns>Keys and borrowed tensors; the step count belongs into the metadata.</returns>
    public IEnumerable<(string Key, Tensor Value)> State(string prefix) => Enumerable.Range(0, Parameters.Count).SelectMany(i => new[]
    {
        ($"{prefix}{Parameters[i].Key}.exp_avg", _means[i]), ($"{prefix}{Parameters[i].Key}.exp_avg_sq", _squares[i]),
    });

    /// <summary>Step count, as text for a checkpoint's metadata.</summary>
    /// <returns>A number.</returns>
    public string StepCount() => _steps.ToString(CultureInfo.InvariantCulture);

    /// <summary>Puts saved state back.</summary>
    /// <param name="file">A checkpoint, borrowed.</param>
    /// <param name="prefix">As given to <see cref="State"/>.</param>
    /// <param name="stepCount">From <see cref="StepCount"/>.</param>
    /// <exception cref="CheckpointException">State is missing or has another shape.</exception>
    public void LoadState(SafetensorsFile file, string prefix, string stepCount)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        foreach ((string key, Tensor value) in State(prefix))
        {
            file.ReadInto(key, value);
        }

        _steps = long.Parse(stepCount, CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in _means.Concat(_squares))
        {
            tensor.Dispose();
        }
    }

    private static Tensor ZerosLike(Tensor value) => Tensor.Zeros(value.Shape.ToArray(), value.DType, value.Device).Own();

    private bool Decays(Parameter parameter) => !_options.DecayMatricesOnly || parameter.Value.Rank >= 2;

    private void Update(int[] indices, Tensor[] grads, double learningRate, double weightDecay)
    {
        Tensor[] values = [.. indices.Select(i => Parameters[i].Value)];
        Tensor[] means = [.. indices.Select(i => _means[i])];
        Tensor[] squares = [.. indices.Select(i => _squares[i])];
        if (weightDecay != 0 && _options.Decoupled)
        {
            ForeachMul.Run(values, 1 - (learningRate * weightDecay));
        }
        else if (weightDecay != 0)
        {
            grads = ForeachAddList.CallAll(grads, values, weightDecay);
        }

        ForeachMul.Run(means, _options.Beta1);
        ForeachAdd.Run(means, grads, 1 - _options.Beta1);
        ForeachMul.Run(squares, _options.Beta2);
        ForeachAddcmul.Run(squares, grads, grads, 1 - _options.Beta2);
        double correction1 = 1 - Math.Pow(_options.Beta1, _steps);
        double correction2 = 1 - Math.Pow(_options.Beta2, _steps);
        Tensor[] denominators = ForeachSqrt.CallAll(squares);
        ForeachDiv.Run(denominators, Math.Sqrt(correction2));
        ForeachAddScalar.Run(denominators, _options.Epsilon);
        ForeachAddcdiv.Run(values, means, denominators, -learningRate / correction1);
    }
}
