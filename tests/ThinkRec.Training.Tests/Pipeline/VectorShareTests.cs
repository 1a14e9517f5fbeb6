using ThinkRec.Nn;
using ThinkRec.TestKit;
using ThinkRec.Torch;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Tests.Encoders;

namespace ThinkRec.Training.Tests.Pipeline;

/// <summary>A small language model can learn with vectors in its prompts; the projector that learnt beside it is where stage 2 begins.</summary>
[Collection(SeededEngine.Name)]
public sealed class VectorShareTests : IDisposable
{
    private static readonly ThinkRecConfig Half = TinyRun.Config with
    {
        Llm = TinyRun.Config.Llm with { Pretrain = TinyRun.Config.Llm.Pretrain with { VectorShare = 0.5 } },
        Experts = new() { Enabled = false },
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Stopped_while_both_learn_the_run_goes_on_to_the_same_bytes()
    {
        TinyRun.Train(_folder.File("whole"), resume: false, null, TestContext.Current.CancellationToken, Half);
        using var cancel = new CancellationTokenSource();
        var watcher = new Stop(record => record.Stage == "behaviour" && record.Step == 20, cancel);
        Assert.Throws<OperationCanceledException>(() => TinyRun.Train(_folder.File("parts"), resume: false, watcher, cancel.Token, Half));
        TinyRun.Train(_folder.File("parts"), resume: true, null, TestContext.Current.CancellationToken, Half);

        Dictionary<string, string> products = TinyRun.Products(_folder.File("whole"));
        Assert.Contains(LanguageModelTraining.ProjectorStart, products.Keys);
        Assert.Equal(products, TinyRun.Products(_folder.File("parts")));
    }

    [Fact]
    public void The_projector_begins_where_it_learnt_beside_the_model()
    {
        ThinkRecConfig still = Half with { Projector = Half.Projector with { Optimization = Half.Projector.Optimization with { LearningRate = 1e-12, WeightDecay = 0 } } };
        TinyRun.Train(_folder.File("run"), resume: false, null, TestContext.Current.CancellationToken, still);

        float[] start = Straight(LanguageModelTraining.ProjectorStart);
        float[] end = Straight(ThinkRecRun.ProjectorFile);
        Assert.All(start.Zip(end), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
    }

    private float[] Straight(string name)
    {
        using var scope = TensorScope.Begin();
        using var file = SafetensorsFile.Open(_folder.File(Path.Combine("run", name)));
        return file.Read("straight.weight").ToFloats();
    }
}
