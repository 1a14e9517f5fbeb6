using ThinkRec.Metrics;
using ThinkRec.TestKit;
using ThinkRec.Torch;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Evaluation;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Pipeline;

namespace ThinkRec.Training.Tests.Loop;

/// <summary>Which epoch is kept, and when a training stops.</summary>
public sealed class SelectionTests
{
    // By epoch: AUC, UAUC. The combination is best in epoch 2; UAUC alone gets better in epochs 3 and 4, AUC alone in epoch 6.
    private static readonly (double Auc, double Uauc)[] Epochs = [(0.60, 0.50), (0.70, 0.55), (0.50, 0.56), (0.50, 0.57), (0.60, 0.50), (0.71, 0.50), (0.60, 0.50), (0.60, 0.50), (0.60, 0.50), (0.60, 0.50)];

    [Theory]
    [InlineData(null, 2, 5)] // today's rule of the scripted stage: AUC; epochs 3, 4 and 5 were no better
    [InlineData("auc", 2, 5)]
    [InlineData("uauc", 4, 7)]
    [InlineData("paper", 2, 9)] // UAUC waits until 4, AUC until 6, then three epochs
    [InlineData("ndcg@5", 5, 8)]
    [InlineData("map@5", 3, 6)]
    [InlineData("crossEntropy", 1, 4)]
    public void The_best_epoch_and_the_end_follow_from_what_is_selected_by(string? selectBy, int best, int epochs)
    {
        using var scope = TensorScope.Begin();
        using var stage = Stage(selectBy);

        TrainerState state = stage.Fit();

        Assert.Equal((best, epochs), (state.BestEpoch, state.Epoch));
        Assert.Equal(Epochs[best - 1].Auc, state.BestMetrics["auc"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(6)]
    public void A_training_that_is_paused_remembers_all_three_bests(int pause)
    {
        using var scope = TensorScope.Begin();
        using var folder = new TemporaryFolder();
        using (ScriptedStage first = Stage("paper"))
        {
            Assert.Equal(pause, first.Fit(folder.File("c.safetensors"), untilEpoch: pause).Epoch);
        }

        using ScriptedStage resumed = Stage("paper"), whole = Stage("paper");

        TrainerState state = resumed.Fit(folder.File("c.safetensors"));

        Assert.Equal((2, 9), (state.BestEpoch, state.Epoch));
        whole.Fit();
        Assert.Equal(whole.Value, resumed.Value);
    }

    [Fact]
    public void What_the_rows_do_not_define_keeps_the_last_epoch()
    {
        using var scope = TensorScope.Begin();
        using var stage = new ScriptedStage { Options = new() { MaxEpochs = 4, Patience = 2, SelectBy = "uauc" } };

        TrainerState state = stage.Fit();

        Assert.Equal((4, 4), (state.BestEpoch, state.Epoch));
    }

    [Fact]
    public void Names_that_are_none_are_refused_with_the_list()
    {
        string message = Refused<ThinkRecConfig>("thinking: { optimization: { selectBy: ndcg@10 } }");

        Assert.Contains("thinking.optimization.selectBy is 'ndcg@10', expected one of: paper, auc, uauc, ndcg@5, map@5, crossEntropy", message, StringComparison.Ordinal);
        Assert.Contains("selectBy is 'loss'", Refused<EncoderRunConfig>("encoder: { optimization: { selectBy: loss } }"), StringComparison.Ordinal);
        Assert.Contains("language.selectBy is 'auc', expected crossEntropy", Refused<ThinkRecConfig>("llm: { pretrain: { language: { selectBy: auc } } }"), StringComparison.Ordinal);
        Assert.Contains("language.selectBy is 'paper', expected crossEntropy", Refused<PretrainRunConfig>("language: { selectBy: paper }"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("paper")]
    [InlineData("ndcg@5")]
    [InlineData("map@5")]
    [InlineData("crossEntropy")]
    public void Validation_measures_what_is_asked_for_as_the_evaluation_does(string? selectBy)
    {
        ScoredRow[] rows = [.. Enumerable.Range(0, 40).Select(i => new ScoredRow($"u{i % 5}", $"i{i}", i * 7 % 3 == 0, Math.Sin(i)))];

        Dictionary<string, double> metrics = ValidationMetrics.Of(rows, selectBy);

        var expected = ScriptedStage.Metrics(("auc", RankingMetrics.Auc(rows)), ("uauc", RankingMetrics.Uauc(rows)));
        switch (selectBy)
        {
            case "ndcg@5": expected[selectBy] = RankingMetrics.NdcgAtK(rows, 5); break;
            case "map@5": expected[selectBy] = RankingMetrics.MapAtK(rows, 5); break;
            case "crossEntropy": expected[selectBy] = -rows.Average(row => Math.Log(1 / (1 + Math.Exp(row.Label ? -row.Score : row.Score)))); break;
            default: break;
        }

        Assert.Equal(expected.Keys.Order(), metrics.Keys.Order());
        Assert.All(expected, metric => Assert.Equal(metric.Value, metrics[metric.Key], 1e-12));
        Assert.Empty(ValidationMetrics.Of([], selectBy));
    }

    private static string Refused<T>(string yaml) where T : class =>
        Assert.Throws<ConfigurationException>(() => ConfigurationFile.LoadText<T>(yaml, "a.yaml", [])).Message;

    private static ScriptedStage Stage(string? selectBy) => new()
    {
        Options = new() { LearningRate = 0.1, MaxEpochs = 20, Patience = 3, SelectBy = selectBy },
        Script = [.. Epochs.Select((epoch, i) => ScriptedStage.Metrics(
            ("auc", epoch.Auc), ("uauc", epoch.Uauc), ("ndcg@5", i == 4 ? 0.9 : 0.5 + (0.01 * Math.Min(i, 4))), ("map@5", i == 2 ? 0.7 : 0.6), ("crossEntropy", 0.1 + i)))],
    };
}
