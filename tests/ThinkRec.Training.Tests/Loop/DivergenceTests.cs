using ThinkRec.Metrics;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Tests.Loop;

/// <summary>A training that more steps cannot mend stops, and says at which step, on which rows, in which term.</summary>
public sealed class DivergenceTests
{
    [Theory]
    [InlineData(double.NaN, "the loss is not finite, above all in term main; loss NaN of small 0.25, main NaN")]
    [InlineData(double.PositiveInfinity, "the loss is not finite, above all in term main; loss")]
    [InlineData(1e6, "the loss has grown from 5 to 1e+06, above all in term main; loss 1e+06 of small 0.25, main 1e+06")]
    public void A_loss_that_is_none_stops_with_step_rows_and_term(double loss, string what)
    {
        using var scope = TensorScope.Begin();
        using var stage = new ScriptedStage { LossOf = step => step == 6 ? loss : null };

        var stopped = Assert.Throws<TrainingException>(() => stage.Fit());

        Assert.StartsWith($"Stage scripted, step 6 (rows of step 2): {what}", stopped.Message, StringComparison.Ordinal);
        Assert.EndsWith("Lower the stage's learningRate or set clipNorm.", stopped.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400)] // the first loss is 5
    [InlineData(-400)]
    public void A_loss_that_jumps_goes_on(double loss)
    {
        using var scope = TensorScope.Begin();
        using var stage = new ScriptedStage { LossOf = step => step == 6 ? loss : null };

        Assert.True(stage.Fit().Finished);
    }

    [Fact]
    public void A_metric_that_is_not_a_number_stops_before_it_is_kept()
    {
        using var scope = TensorScope.Begin();
        using var stage = new ScriptedStage { Script = [ScriptedStage.Metrics(("auc", 0.5)), ScriptedStage.Metrics(("auc", double.NaN))] };

        var stopped = Assert.Throws<TrainingException>(() => stage.Fit());

        Assert.StartsWith("Stage scripted, validation after step 8: auc is NaN", stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_score_that_is_not_a_number_stops_with_its_row()
    {
        using var scope = TensorScope.Begin();
        using var stage = new NoScores();

        var stopped = Assert.Throws<TrainingException>(() => Trainer.Fit(
            stage, new FitOptions(1, null, "test", TimeSpan.FromHours(1), new ScriptedStage.Notes()), TimeProvider.System, TestContext.Current.CancellationToken));

        Assert.Contains("Stage none, validation after step 1: ", stopped.Message, StringComparison.Ordinal);
        Assert.Contains("user 'u1', item 'i2'", stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_that_runs_out_is_named_with_step_and_rows()
    {
        using var scope = TensorScope.Begin();
        using var stage = new ScriptedStage { LossOf = step => step == 5 ? (Tensor.Zeros([1 << 22, 1]) + Tensor.Zeros([1, 1 << 22])).ToDouble() : null };

        var stopped = Assert.Throws<TensorMemoryException>(() => stage.Fit());

        Assert.StartsWith("Stage scripted, step 5 (rows of step 1): aten::add.Tensor(", stopped.Message, StringComparison.Ordinal);
        Assert.Contains("there is not enough main memory for 67108864.0 MiB more. Lower the batch size", stopped.Message, StringComparison.Ordinal);
        Assert.Contains("--resume", stopped.Message, StringComparison.Ordinal);
    }

    private sealed class NoScores : Stage, IDisposable
    {
        private readonly Nn.Parameter _weight = new("w", Tensor.Full([1], 5));

        public override string Name => "none";

        public override IReadOnlyList<Nn.Parameter> Parameters => [_weight];

        public override OptimizationOptions Optimization { get; } = new();

        public override int StepsPerEpoch => 1;

        public override void BeginEpoch(int epoch)
        {
        }

        public override StepLoss Loss(int step) => new(_weight.Value.Sum(), []);

        public override void SetTraining(bool training)
        {
        }

        public override IReadOnlyDictionary<string, double> Validate() =>
            Training.Evaluation.ValidationMetrics.Of([new ScoredRow("u1", "i1", true, 1), new ScoredRow("u1", "i2", false, double.NaN)], null);

        public void Dispose() => _weight.Dispose();
    }
}
