using ThinkRec.Nn;
using ThinkRec.TestKit;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Tests.Loop;

/// <summary>A stage that begins with something of use does not lose it by training.</summary>
public sealed class KeepStartTests
{
    [Theory]
    [InlineData(true, +1, 0, 5.0)] // training lowers the weight, and the weight is the metric
    [InlineData(true, -1, 3, null)]
    [InlineData(false, +1, 1, null)]
    public void The_start_stays_where_no_epoch_is_better(bool mayKeepStart, int direction, int bestEpoch, double? kept)
    {
        using var scope = TensorScope.Begin();
        using var stage = new OneWeight(mayKeepStart, direction);

        TrainerState state = Trainer.Fit(stage, Options(null), TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal((3, bestEpoch), (state.Epoch, state.BestEpoch));
        Assert.Equal(state.BestMetrics["auc"], stage.Value, 1e-6);
        if (kept is double start)
        {
            Assert.Equal(start, stage.Value);
        }
    }

    [Fact]
    public void A_resumed_training_still_has_the_start()
    {
        using var scope = TensorScope.Begin();
        using var folder = new TemporaryFolder();
        string path = folder.File("checkpoint.safetensors");
        using (var stage = new OneWeight(true, +1))
        {
            TrainerState paused = Trainer.Fit(stage, Options(path) with { UntilEpoch = 1 }, TimeProvider.System, TestContext.Current.CancellationToken);
            Assert.Equal((1, false), (paused.Epoch, paused.Finished));
        }

        using var resumed = new OneWeight(true, +1);
        resumed.Value = 77; // whatever the checkpoint does not bring back
        TrainerState state = Trainer.Fit(resumed, Options(path), TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal((3, 0, 5.0), (state.Epoch, state.BestEpoch, resumed.Value));
    }

    private static FitOptions Options(string? checkpoint) => new(1, checkpoint, "test", TimeSpan.FromHours(1), new Silent());

    private sealed class Silent : ITrainingWatcher
    {
        public void Step(TrainingRecord record)
        {
        }

        public void Epoch(TrainingRecord record)
        {
        }
    }

    /// <summary>One weight that begins at 5; each step moves it down (+1) or up (-1).</summary>
    private sealed class OneWeight(bool mayKeepStart, int direction) : Stage, IDisposable
    {
        private readonly Parameter _weight = new("w", Tensor.Full([1], 5));

        internal double Value
        {
            get => _weight.Value.Detach().ToDouble();

            set
            {
                using var noGrad = NoGrad.Begin();
                _weight.Value.CopyInPlace(Tensor.Full([1], value));
            }
        }

        public override string Name => "one-weight";

        public override IReadOnlyList<Parameter> Parameters => [_weight];

        public override OptimizationOptions Optimization { get; } = new() { LearningRate = 0.1, MaxEpochs = 3, Patience = 9 };

        public override int StepsPerEpoch => 2;

        public override bool MayKeepStart => mayKeepStart;

        public override void BeginEpoch(int epoch)
        {
        }

        public override StepLoss Loss(int step) => new(_weight.Value.Mul(direction).Sum(), []);

        public override void SetTraining(bool training)
        {
        }

        public override IReadOnlyDictionary<string, double> Validate() => new Dictionary<string, double> { ["auc"] = Value };

        public void Dispose() => _weight.Dispose();
    }
}
