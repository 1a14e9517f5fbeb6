using ThinkRec.TestKit;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Runs;
using ThinkRec.Training.Tests.Encoders;

namespace ThinkRec.Training.Tests.Pipeline;

/// <summary>Every stage is selected by what its settings name.</summary>
[Collection(SeededEngine.Name)]
public sealed class SelectByTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Stages_measure_and_keep_what_they_are_selected_by()
    {
        ThinkRecConfig config = TinyRun.Config with
        {
            Encoder = new() { Train = TinyRun.Config.Encoder.Train with { Optimization = Short("map@5") with { LearningRate = 0.01 } } },
            Llm = TinyRun.Config.Llm with { Pretrain = TinyRun.Config.Llm.Pretrain with { Language = Short("crossEntropy"), Behaviour = Short("crossEntropy") } },
            Thinking = TinyRun.Config.Thinking with { Count = 20, Optimization = Short("ndcg@5") },
            Projector = new() { Optimization = Short("uauc") },
            Experts = TinyRun.Config.Experts with { Optimization = Short("paper") },
        };
        var epochs = new Epochs();

        TinyRun.Train(_folder.File("run"), resume: false, epochs, TestContext.Current.CancellationToken, config);

        var run = RunDirectory.Open(_folder.File("run"), TinyRun.World);
        foreach ((string stage, string metric, int sign) in new[] { ("behaviour", "crossEntropy", -1), ("thinking", "ndcg@5", 1), ("projector", "uauc", 1), ("language", "crossEntropy", -1) })
        {
            StageResult result = run.Result(stage)!;
            TrainingRecord best = epochs.Records.Where(record => record.Stage == stage).MaxBy(record => sign * record.Values[metric])!;
            Assert.Equal((best.Epoch, best.Values[metric]), (result.BestEpoch, result.Metrics[metric]));
        }

        Assert.All(epochs.Records.Where(record => record.Stage == "mf"), record => Assert.Equal(["auc", "map@5", "uauc"], record.Values.Keys.Order(StringComparer.Ordinal)));
        Assert.All(epochs.Records.Where(record => record.Stage == "projector"), record => Assert.Equal(["auc", "uauc"], record.Values.Keys.Order(StringComparer.Ordinal)));
    }

    private static OptimizationOptions Short(string selectBy) =>
        new() { LearningRate = 3e-3, MinLearningRate = 3e-4, BatchSize = 4, StepsPerEpoch = 3, MaxEpochs = 3, Patience = 3, SelectBy = selectBy };

    private sealed class Epochs : ITrainingWatcher
    {
        internal List<TrainingRecord> Records { get; } = [];

        public void Step(TrainingRecord record)
        {
        }

        public void Epoch(TrainingRecord record) => Records.Add(record);
    }
}
