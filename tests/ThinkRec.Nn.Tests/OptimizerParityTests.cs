using System.Globalization;
using System.Text.Json;
using ThinkRec.Nn.Tests.Support;
using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

/// <summary>Clipping, schedule and optimizers against tools/parity/record_nn.py.</summary>
public sealed class OptimizerParityTests : TensorTest
{
    [Theory]
    [InlineData("0.5", 0)]
    [InlineData("100", 1)]
    public void Gradient_clipping_equals_PyTorch(string limit, int index)
    {
        using var record = Open();
        using var scope = TensorScope.Begin();
        Parameter[] parameters = [.. Enumerable.Range(0, 3).Select(i => WithGradient($"{i}", record[$"clip.{i}"]))];
        Parameter untouched = new("none", Tensor.Zeros([2]).Own()) { Trainable = true };

        double norm = GradientClipping.ClipNorm([.. parameters, untouched], double.Parse(limit, CultureInfo.InvariantCulture));

        Assert.Equal(record["clip.norm"].ToFloats()[index], norm, 1e-5);
        foreach (Parameter parameter in parameters)
        {
            Close.To(record[$"clip.{limit}.{parameter.Key}"], parameter.Value.Grad()!, Tolerance.Layer, parameter.Key);
            parameter.Dispose();
        }

        Assert.Null(untouched.Value.Grad());
        untouched.Dispose();
    }

    [Fact]
    public void A_limit_of_zero_only_measures()
    {
        using var scope = TensorScope.Begin();
        using Parameter parameter = WithGradient("p", Tensor.From([3f, 4f], 2));

        Assert.Equal(5, GradientClipping.ClipNorm([parameter], 0), 1e-6);
        Assert.Equal([3f, 4f], parameter.Value.Grad()!.ToFloats());
        Assert.Equal(0, GradientClipping.ClipNorm([], 1));
    }

    [Fact]
    public void The_learning_rate_follows_the_formula_at_every_recorded_step()
    {
        using var record = Open();
        foreach (JsonElement recorded in record.Manifest.GetProperty("schedule").EnumerateArray())
        {
            double Of(string key) => recorded.GetProperty(key).GetDouble();
            var schedule = new LinearWarmupCosineSchedule(
                Of("learningRate"), Of("min"), Of("warmup"), (int)Of("warmupSteps"), (int)Of("totalSteps"));
            Assert.All(recorded.GetProperty("rates").EnumerateObject(), rate => Assert.Equal(
                rate.Value.GetDouble(), schedule.At(int.Parse(rate.Name, CultureInfo.InvariantCulture)), 1e-15));
        }
    }

    [Theory]
    [InlineData("adam", false, 0.1, false)]
    [InlineData("adamw", true, 0.1, false)]
    [InlineData("adamw_matrices", true, 0.3, true)]
    public void Ten_steps_equal_PyTorch(string name, bool decoupled, double decay, bool matricesOnly)
    {
        using var record = Open();
        using var scope = TensorScope.Begin();
        var path = new WeightPath(new FileWeights(record.File), "mlp");
        using var mlp = new Mlp(path);
        Parameter[] parameters = [.. mlp.Parameters()];
        using var optimizer = new AdamOptimizer(parameters, new AdamOptions { WeightDecay = decay, Decoupled = decoupled, DecayMatricesOnly = matricesOnly });
        float[] losses = record[$"{name}.losses"].ToFloats();

        for (int step = 0; step < 10; step++)
        {
            optimizer.ZeroGrad();
            Tensor loss = mlp.Loss(record["mlp.x"], record["mlp.target"]);
            loss.Backward();
            optimizer.Step(0.05);

            Close.To([losses[step]], [loss.ToSingle()], Tolerance.Optimizer, $"loss of step {step}");
            Assert.All(parameters, p => Close.To(
                record[$"{name}.{step}.{p.Key["mlp.".Length..]}"], p.Value, Tolerance.Optimizer, $"{p.Key} after step {step}"));
        }

        Assert.True(losses[9] < losses[0]);
    }

    private static Parameter WithGradient(string key, Tensor gradient)
    {
        var parameter = new Parameter(key, Tensor.Zeros(gradient.Shape.ToArray()).Own()) { Trainable = true };
        parameter.Value.SetGrad(gradient.Clone());
        return parameter;
    }

    private static Recording Open() => new("ThinkRec.Nn.Tests", "nn");
}

/// <summary>Two linear layers with tanh between them.</summary>
internal sealed class Mlp : Module
{
    private readonly Linear _inner;
    private readonly Linear _outer;

    public Mlp(WeightPath path)
    {
        _inner = Add(new Linear(path / "inner", 6, 8, bias: true));
        _outer = Add(new Linear(path / "outer", 8, 1, bias: true));
    }

    public Tensor Loss(Tensor x, Tensor target)
    {
        using var scope = TensorScope.Begin();
        return scope.Return((_outer.Forward(_inner.Forward(x).Tanh()) - target).Pow(2).Mean());
    }
}
