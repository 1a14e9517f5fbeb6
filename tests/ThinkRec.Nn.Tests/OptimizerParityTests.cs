using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

public class OptimizerParityTests : NnTest
{
    private static readonly LinearWarmupCosineSchedule Schedule = new(0.03, 0.01, 0.001, 3, 10);

    [Theory]
    [InlineData("adam", 0.0, false)]
    [InlineData("adam_l2", 0.1, false)]
    [InlineData("adamw", 0.1, false)]
    [InlineData("adamw_matrices", 0.1, true)]
    [InlineData("adamw_clipped", 0.1, false)]
    public void Ten_steps_give_the_losses_norms_and_weights_of_torch(string name, double decay, bool matricesOnly)
    {
        using SafetensorsFile file = Recorded.Open("optimizers");
        using var scope = TensorScope.Begin();
        var recorded = new Recorded(file, name);
        using var model = new Perceptron(recorded.Weights);
        using Optimizer optimizer = Make(name, [.. model.Parameters()], decay, matricesOnly);

        (float[] losses, float[] norms) = Train(model, optimizer, recorded, name == "adamw_clipped" ? 0.05 : 1e9, 0, 10);

        Tolerance.Steps.AssertClose(recorded.Read("losses").ToFloats(), losses, "losses");
        Tolerance.Steps.AssertClose(recorded.Read("norms").ToFloats(), norms, "norms");
        foreach (Parameter parameter in model.Parameters())
        {
            Tolerance.Steps.AssertClose(recorded.Read("after." + parameter.Key[(name.Length + 1)..]), parameter.Value, parameter.Key);
        }
    }

    [Fact]
    public void Stopping_and_going_on_gives_the_same_bits_as_not_stopping()
    {
        using var folder = new TestKit.TemporaryFolder();
        using SafetensorsFile file = Recorded.Open("optimizers");
        using var scope = TensorScope.Begin();
        var recorded = new Recorded(file, "adamw");
        using var whole = new Perceptron(recorded.Weights);
        using var wholeOptimizer = new AdamW([.. whole.Parameters()], new AdamOptions { WeightDecay = 0.1 });
        Train(whole, wholeOptimizer, recorded, 1, 0, 4);
        SafetensorsWriter.Write(folder.File("state"), wholeOptimizer.State().Select(s => ("optimizer." + s.Key, s.Value)));
        SafetensorsWriter.Write(folder.File("model"), whole.Parameters().Select(p => (p.Key, p.Value)));
        using SafetensorsFile state = SafetensorsFile.Open(folder.File("state"));
        using SafetensorsFile weights = SafetensorsFile.Open(folder.File("model"));
        using var resumed = new Perceptron(new WeightPath(new FileWeights(weights), "adamw"));
        using var resumedOptimizer = new AdamW([.. resumed.Parameters()], new AdamOptions { WeightDecay = 0.1 });
        resumedOptimizer.LoadState(state, "optimizer.");

        float[] expected = Train(whole, wholeOptimizer, recorded, 1, 4, 10).Losses;
        float[] actual = Train(resumed, resumedOptimizer, recorded, 1, 4, 10).Losses;

        Assert.Equal(expected, actual);
        Assert.Equal(whole.Parameters().SelectMany(p => p.Value.ToFloats()), resumed.Parameters().SelectMany(p => p.Value.ToFloats()));
    }

    [Theory]
    [InlineData("falling", 1e-4, 8e-5, 1e-5, 20, 100)]
    [InlineData("rising", 1e-5, 8e-5, 1e-6, 7, 60)]
    [InlineData("no_warmup", 1e-3, 1e-4, 1e-5, 0, 30)]
    public void The_schedule_is_the_reference_formula(string name, double rate, double min, double start, int warmup, int total)
    {
        using SafetensorsFile file = Recorded.Open("optimizers");
        using var scope = TensorScope.Begin();
        var schedule = new LinearWarmupCosineSchedule(rate, min, start, warmup, total);

        double[] expected = file.Read("schedule/" + name).ToArray<double>();

        Assert.Equal(total + 1, expected.Length);
        Assert.All(expected, (value, step) => Assert.Equal(value, schedule.At(step), 1e-18));
    }

    private static Optimizer Make(string name, Parameter[] parameters, double decay, bool matricesOnly)
    {
        var options = new AdamOptions { Beta1 = 0.8, Beta2 = 0.95, Epsilon = 1e-6, WeightDecay = decay, DecayMatricesOnly = matricesOnly };
        return name.StartsWith("adamw", StringComparison.Ordinal) ? new AdamW(parameters, options) : new Adam(parameters, options);
    }

    private static (float[] Losses, float[] Norms) Train(Perceptron model, Optimizer optimizer, Recorded recorded, double maxNorm, int from, int to)
    {
        var losses = new List<float>();
        var norms = new List<float>();
        for (int step = from; step < to; step++)
        {
            using var scope = TensorScope.Begin();
            optimizer.ZeroGrad();
            Tensor loss = Losses.BinaryCrossEntropyWithLogits(model.Forward(recorded.Read("in.x")), recorded.Read("in.y"));
            loss.Backward();
            norms.Add((float)GradientClipping.ClipNorm(optimizer.Parameters, maxNorm));
            optimizer.Step(Schedule.At(step));
            losses.Add(loss.ToSingle());
        }

        return ([.. losses], [.. norms]);
    }

    private sealed class Perceptron : Module
    {
        private readonly Linear _inner;
        private readonly Linear _outer;

        internal Perceptron(WeightPath path)
        {
            _inner = Add(new Linear(path / 0, 5, 8, bias: true));
            _outer = Add(new Linear(path / 2, 8, 1, bias: true));
        }

        internal Tensor Forward(Tensor x)
        {
            using var scope = TensorScope.Begin();
            return scope.Return(_outer.Forward(_inner.Forward(x).Relu()));
        }
    }
}
