using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

public class ModuleTests : NnTest
{
    [Fact]
    public void Keys_follow_the_path_and_parameters_the_order_of_registration()
    {
        using var generator = new Generator(1);
        using var layer = new MultiheadAttention(new WeightPath(new FreshWeights(generator)) / "layers" / 3 / "attn", 8, 2, 0);

        Assert.Equal(
            ["layers.3.attn.in_proj_weight", "layers.3.attn.in_proj_bias", "layers.3.attn.out_proj.weight", "layers.3.attn.out_proj.bias"],
            layer.Parameters().Select(p => p.Key));
        Assert.All(layer.Parameters(), p => Assert.True(p.Trainable));
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights()
    {
        Assert.Equal(Weights(5), Weights(5));
        Assert.NotEqual(Weights(5), Weights(6));

        static float[] Weights(long seed)
        {
            using var generator = new Generator(seed);
            using var layer = new Linear(new WeightPath(new FreshWeights(generator)), 4, 3, bias: true);
            return [.. layer.Parameters().SelectMany(p => p.Value.ToFloats())];
        }
    }

    [Fact]
    public void Initialisers_have_the_moments_they_promise()
    {
        (Init Init, double Mean, double Std, double Most)[] cases =
        [
            (new Init.Normal(0.5, 2), 2, 0.5, 10), (new Init.Uniform(-1, 3), 1, 4 / Math.Sqrt(12), 3), (new Init.Zeros(), 0, 0, 0), (new Init.Ones(), 1, 0, 1),
            (new Init.KaimingUniform(), 0, 0.1 / Math.Sqrt(3), 0.1), (new Init.XavierNormal(), 0, 0.1, 1), (new Init.XavierUniform(), 0, 0.1, 0.1 * Math.Sqrt(3)),
            (new Init.LinearBias(4), 0, 0.5 / Math.Sqrt(3), 0.5),
        ];
        using var generator = new Generator(7);
        foreach ((Init init, double mean, double std, double most) in cases)
        {
            using Tensor weight = new FreshWeights(generator).Get("w", [100, 100], init);
            float[] values = weight.ToFloats();
            double actualMean = values.Average(v => (double)v);
            Assert.Equal(mean, actualMean, 0.02);
            Assert.Equal(std, Math.Sqrt(values.Average(v => (v - actualMean) * (v - actualMean))), 0.02);
            Assert.All(values, v => Assert.InRange(Math.Abs(v), 0, most + 1e-6));
        }
    }

    [Fact]
    public void Padding_starts_as_zeros()
    {
        using var generator = new Generator(8);
        using var table = new Embedding(new WeightPath(new FreshWeights(generator)), 5, 3, paddingIndex: 2);

        Assert.Equal([0, 0, 0], table.Weight.Value.ToFloats()[6..9]);
        Assert.Equal(12, table.Weight.Value.ToFloats().Count(v => v != 0));
    }

    [Fact]
    public void The_training_switch_reaches_everything_below_and_what_is_added_later()
    {
        using var generator = new Generator(9);
        using var layer = new LoraLinear(new Linear(new WeightPath(new FreshWeights(generator)), 4, 4, bias: false));
        Assert.False(layer.IsTraining);

        layer.SetTraining(true);
        layer.AddAdapter("a", new WeightPath(new FreshWeights(generator)), new LoraConfig());

        Assert.True(layer.Base.IsTraining);
        Assert.True(layer.Adapters["a"].IsTraining);
    }

    [Fact]
    public void A_missing_weight_names_the_file_the_nearest_key_and_the_lost_prefix()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        SafetensorsWriter.Write(folder.File("m.safetensors"), [("layers.0.up.weight", Tensor.Zeros([4, 2])), ("norm.weight", Tensor.Zeros([2]))]);
        using SafetensorsFile file = SafetensorsFile.Open(folder.File("m.safetensors"));
        var path = new WeightPath(new FileWeights(file));

        string lost = Assert.Throws<CheckpointException>(() => new Linear(path / "model" / "layers" / 0 / "up", 2, 4, bias: false)).Message;
        string typo = Assert.Throws<CheckpointException>(() => new RmsNorm(path / "nrm", 2, 1e-6)).Message;
        string shape = Assert.Throws<CheckpointException>(() => new RmsNorm(path / "norm", 3, 1e-6)).Message;

        Assert.Equal($"Weight 'model.layers.0.up.weight' [4, 2] is not in {file.Path} (2 tensors). Nearest: 'layers.0.up.weight'. "
            + "Was the prefix 'model.' dropped when saving?", lost);
        Assert.Contains("Nearest: 'norm.weight'", typo, StringComparison.Ordinal);
        Assert.Contains("'norm.weight' [3] is [2] in", shape, StringComparison.Ordinal);
    }

    [Fact]
    public void Dropout_keeps_the_mean_while_training_and_does_nothing_otherwise()
    {
        using var scope = TensorScope.Begin();
        Engine.ManualSeed(3);
        Tensor x = Tensor.Full([20_000], 1);

        float[] dropped = F.Dropout(x, 0.25, training: true).ToFloats();

        Assert.Equal(0.25, dropped.Count(v => v == 0) / 20_000.0, 0.02);
        Assert.Equal(1, dropped.Average(), 0.03);
        Assert.Equal(x.ToFloats(), F.Dropout(x, 0.25, training: false).ToFloats());
    }
}
