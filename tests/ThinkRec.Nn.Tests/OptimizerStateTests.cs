using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

public sealed class OptimizerStateTests : Support.TensorTest
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Saved_state_continues_bit_for_bit(bool decoupled)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("state.safetensors");
        var options = new AdamOptions { WeightDecay = 0.1, Decoupled = decoupled };
        for (int seed = 0; seed < 20; seed++)
        {
            using var scope = TensorScope.Begin();
            using var generator = new Generator(seed);
            using var mlp = new Mlp(new WeightPath(new FreshWeights(generator)));
            using var optimizer = new AdamOptimizer([.. mlp.Parameters()], options);
            Train(mlp, optimizer, generator, 5);
            SafetensorsWriter.Write(
                path, [.. optimizer.State("optimizer."), .. mlp.Parameters().Select(p => (p.Key, p.Value))], new Dictionary<string, string> { ["steps"] = optimizer.StepCount() });
            byte[] random = generator.GetState();
            Train(mlp, optimizer, generator, 5);

            using var file = SafetensorsFile.Open(path);
            using var resumed = new Mlp(new WeightPath(new FileWeights(file)));
            using var second = new AdamOptimizer([.. resumed.Parameters()], options);
            second.LoadState(file, "optimizer.", file.Metadata["steps"]);
            generator.SetState(random);
            Train(resumed, second, generator, 5);

            Assert.Equal(Bytes(mlp), Bytes(resumed));
            Assert.Equal("10", second.StepCount());
        }
    }

    [Fact]
    public void State_of_other_parameters_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var mlp = new Mlp(new WeightPath(new FreshWeights(generator)));
        using var optimizer = new AdamOptimizer([.. mlp.Parameters()], new AdamOptions());
        SafetensorsWriter.Write(folder.File("a"), optimizer.State("").Skip(1));
        SafetensorsWriter.Write(folder.File("b"), optimizer.State("").Select(s => (s.Key, s.Value.Reshape(-1))));

        foreach (string name in new[] { "a", "b" })
        {
            using var file = SafetensorsFile.Open(folder.File(name));
            var refused = Assert.Throws<CheckpointException>(() => optimizer.LoadState(file, "", "3"));
            Assert.Contains(folder.File(name), refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_parameter_without_a_gradient_stays()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var mlp = new Mlp(new WeightPath(new FreshWeights(generator)));
        using var optimizer = new AdamOptimizer([.. mlp.Parameters()], new AdamOptions { WeightDecay = 0.5 });
        byte[] before = Bytes(mlp);

        optimizer.Step(0.1);

        Assert.Equal(before, Bytes(mlp));
    }

    private static byte[] Bytes(Module module) => [.. module.Parameters().SelectMany(p => p.Value.CopyBytes())];

    private static void Train(Mlp mlp, AdamOptimizer optimizer, Generator generator, int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            using var scope = TensorScope.Begin();
            Tensor x = Tensor.Empty([4, 6]);
            x.NormalInPlace(0, 1, generator);
            optimizer.ZeroGrad();
            mlp.Loss(x, x.Sum(1, keep: true)).Backward();
            optimizer.Step(0.01);
        }
    }
}
