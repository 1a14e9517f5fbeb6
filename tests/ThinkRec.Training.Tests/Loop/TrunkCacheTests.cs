using ThinkRec.Models.Llm;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.TestKit;
using ThinkRec.Torch;
using ThinkRec.Training.Stages;
using ThinkRec.Training.Tests.Encoders;

namespace ThinkRec.Training.Tests.Loop;

[Collection(SeededEngine.Name)]
public sealed class TrunkCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ReasoningModel _model = ObjectiveTests.Model();
    private readonly PreparedBatch _batch;

    public TrunkCacheTests()
    {
        _batch = new Objective(_model, _model.Prompts, new ObjectiveOptions(), 12).Prepare(ObjectiveTests.Examples(), withVectors: true);
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        Adapters.Create(_model.LanguageModel.Model, "a", new LoraConfig { Rank = 2, Dropout = 0.5, TargetModules = ["q_proj", "v_proj"] }, generator);
        using var noGrad = NoGrad.Begin();
        foreach (Parameter parameter in Adapters.Parameters(_model.LanguageModel.Model, "a"))
        {
            parameter.Value.NormalInPlace(0, 0.2, generator);
        }
    }

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void The_loss_above_the_trunk_is_that_of_all_layers_and_no_gradient_goes_below()
    {
        using var scope = TensorScope.Begin();
        using TrunkCache trunk = Cache(1 << 24, 0);
        using var blend = AdapterBlend.Single("a");
        var objective = new Objective(_model, _model.Prompts, new ObjectiveOptions(), 12);
        trunk.Begin();

        double whole = objective.Compute(_batch, blend, null, recompute: false).Loss.Loss.ToDouble();
        Tensor above = objective.Compute(_batch, blend, trunk, recompute: false).Loss.Loss;
        above.Backward();

        Assert.Equal(whole, above.ToDouble(), 1e-5);
        Assert.All(Adapters.Parameters(_model.LanguageModel.Model, "a", 1), p => Assert.NotNull(p.Value.Grad()));
        Parameter[] upper = [.. Adapters.Parameters(_model.LanguageModel.Model, "a", 1)];
        Assert.All(Adapters.Parameters(_model.LanguageModel.Model, "a").Except(upper), p => Assert.Null(p.Value.Grad()));
    }

    [Theory]
    [InlineData(1 << 24, 0, 7)] // all in memory
    [InlineData(0, 1 << 24, 7)] // all in the file
    [InlineData(30_000, 20_000, -1)] // some in each
    [InlineData(0, 0, 0)]
    public void States_are_the_same_bits_wherever_they_come_from(int memory, int disk, int found)
    {
        using var scope = TensorScope.Begin();
        using TrunkCache trunk = Cache(memory, disk), other = Cache(0, 0);
        trunk.Begin();
        other.Begin();

        float[] first = States(trunk, _batch), again = States(trunk, _batch), reversed = States(other, _batch with { Rows = [.. _batch.Rows.Reverse()] });

        Assert.Equal(first, again);
        int size = _batch.Rows[0].Inputs.Length * 32;
        Assert.Equal(first[..size], reversed[^size..]);
        Assert.True(found < 0 ? trunk.Counts.Found is > 0 and < 7 : trunk.Counts.Found == found, $"{trunk.Counts}");
        Assert.Equal(14, trunk.Counts.Computed + trunk.Counts.Found);
    }

    [Fact]
    public void Other_weights_below_make_it_forget()
    {
        using var scope = TensorScope.Begin();
        using TrunkCache trunk = Cache(1 << 24, 0);
        trunk.Begin();
        float[] before = States(trunk, _batch);
        Adapters.Parameters(_model.LanguageModel.Model, "a", 1).ToList().ForEach(Change);
        trunk.Begin();
        Assert.Equal(before, States(trunk, _batch));
        Assert.Equal((7, 7), trunk.Counts);

        Change(Adapters.Parameters(_model.LanguageModel.Model, "a")[^6]); // of the layer below
        trunk.Begin();

        Assert.NotEqual(before, States(trunk, _batch));
        Assert.Equal((14, 7), trunk.Counts);

        static void Change(Parameter parameter)
        {
            using var noGrad = NoGrad.Begin();
            parameter.Value.CopyInPlace(parameter.Value.Detach().Mul(1.5));
        }
    }

    [Fact]
    public void The_file_goes_with_the_cache_and_a_disk_that_takes_nothing_only_costs_time()
    {
        using var scope = TensorScope.Begin();
        string path = _folder.File("cache/trunk.bin");
        using (var store = new StateStore(0, 1 << 20, path))
        {
            store.Add(1, new byte[1000]);
            Assert.Equal(1000, new FileInfo(path).Length);
            Assert.Equal(new byte[1000], store.Find(1));
            store.Clear();
            Assert.Null(store.Find(1));
        }

        Assert.False(File.Exists(path));
        string inTheWay = _folder.File("in-the-way");
        File.WriteAllText(inTheWay, "");
        using var without = new StateStore(0, 1 << 20, Path.Combine(inTheWay, "trunk.bin"));
        without.Add(1, new byte[1000]);
        Assert.Null(without.Find(1));
        Assert.Equal((0, 0), without.Kept);
    }

    private TrunkCache Cache(int memory, int disk) => new(_model, "a", 1, new StateStore(memory, disk, _folder.File($"{Guid.NewGuid()}/trunk.bin")));

    private float[] States(TrunkCache trunk, PreparedBatch batch)
    {
        using var scope = TensorScope.Begin();
        return trunk.States(batch, batch.Collate(_model.Prompts.Tokenizer.PaddingId, packed: true)).ToFloats();
    }
}
