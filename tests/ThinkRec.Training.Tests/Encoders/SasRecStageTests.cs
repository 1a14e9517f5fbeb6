using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Nn;
using ThinkRec.Torch;
using ThinkRec.Training.Encoders;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Tests.Encoders;

[Collection(SeededEngine.Name)]
public sealed class SasRecStageTests
{
    private const int NumUsers = 10;
    private static readonly SasRecObjective Labels = new(Labels: 1, NextItem: 0);
    private static readonly Dataset Rows = PlantedTaste.Make(users: NumUsers, items: 12, rowsOfUser: 20);

    [Fact]
    public void The_loss_of_whole_histories_is_that_of_each_row_asked_alone()
    {
        long live = TensorCensus.Live;
        using (var scope = TensorScope.Begin())
        {
            using SasRec model = Model(maxLength: 20);
            var stage = new SasRecStage(Rows, model, Labels, new() { BatchSize = NumUsers }, seed: 1);

            double loss = stage.Loss(0).Loss.ToDouble();

            Assert.Equal(1, stage.StepsPerEpoch);
            double[] alone = [.. Rows.RowsOf(Split.Train).Where(row => Before(row, 20).Length > 0).Select(row => LossOf(model, row))];
            Assert.True(alone.Length < Rows.RowsOf(Split.Train).Length);
            Assert.Equal(alone.Average(), loss, 1e-5);
        }

        Assert.Equal(live, TensorCensus.Live);
    }

    [Fact]
    public void An_epoch_shows_every_row_with_a_history_once_in_an_order_of_its_own()
    {
        using var scope = TensorScope.Begin();
        using SasRec model = Model(maxLength: 4);
        var stage = new SasRecStage(Rows, model, Labels, new() { BatchSize = 1 }, seed: 1);

        string[] first = Epoch(stage, 0), second = Epoch(stage, 1);

        Assert.True(stage.StepsPerEpoch > NumUsers);
        Assert.Equal(first.Order(), second.Order());
        Assert.NotEqual(first, second);
        Assert.Equal(first, Epoch(stage, 0));
    }

    [Fact]
    public void Validation_scores_each_row_as_it_is_served()
    {
        using var scope = TensorScope.Begin();
        using SasRec model = Model(maxLength: 4);
        var stage = new SasRecStage(Rows, model, Labels, new() { BatchSize = 4 }, seed: 1);

        double auc = stage.Validate()["auc"];

        using var encoder = new SasRecEncoder(EncoderMethod.Sasrec, model, Rows, Trained.Items(Rows));
        int[] valid = Rows.RowsOf(Split.Valid);
        double[] scores = EncoderScorer.Score(encoder, Rows, valid);
        Assert.Equal(Metrics.RankingMetrics.Auc([.. valid.Select((row, i) => new Metrics.ScoredRow("u", "i", Rows.Interactions[row].Label, scores[i]))]), auc, 1e-9);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 0.5)]
    public void Natively_only_likes_are_predicted_and_drawn_items_are_none_of_them(int negatives, double calibration)
    {
        long live = TensorCensus.Live;
        using (var scope = TensorScope.Begin())
        {
            // Constant vectors: the like of user 1 scores 2 per liked item where items that user 1 liked in training hold 2, else 0.
            Dataset one = PlantedTaste.Make(users: 1, items: 30, rowsOfUser: 20);
            HashSet<int> liked = [.. one.RowsOf(Split.Train).Where(row => one.Interactions[row].Label).Select(row => one.Interactions[row].Item)];
            using SasRec model = Model(maxLength: 20, items: 31);
            using (NoGrad.Begin())
            {
                float[] cells = [.. Enumerable.Range(0, 31 * 8).Select(i => liked.Contains(i / 8) ? 2f : 0)];
                model.Targets.Weight.Value.CopyInPlace(Tensor.From(cells, 31, 8));
                Parameter bias = model.Parameters().First(p => p.Key == "last_layernorm.bias");
                model.Parameters().First(p => p.Key == "last_layernorm.weight").Value.ZeroInPlace();
                bias.Value.FillInPlace(0.25); // every place is (1/4, …), which scores 4 with a liked item and 0 with any other
            }

            var objective = new SasRecObjective(Labels: 0, NextItem: 1, negatives, calibration);
            var stage = new SasRecStage(one, model, objective, new() { BatchSize = 4 }, seed: 1);
            stage.BeginEpoch(0);

            double beta = 1 - (calibration * (1 - (negatives / 29.0)));
            double expected = ((beta * Math.Log(1 + Math.Exp(-4))) + (negatives * Math.Log(2))) / (negatives + 1);
            Assert.Equal(expected, stage.Loss(0).Loss.ToDouble(), 1e-6);
        }

        Assert.Equal(live, TensorCensus.Live);
    }

    [Fact]
    public void On_labels_gsasrec_adds_the_loss_of_the_next_like_to_that_of_the_labels()
    {
        using var scope = TensorScope.Begin();
        using SasRec model = Model(maxLength: 20);
        double Loss(SasRecObjective objective) => new SasRecStage(Rows, model, objective, new() { BatchSize = NumUsers }, seed: 1).Loss(0).Loss.ToDouble();

        double labels = Loss(Labels), half = Loss(new(1, 0.5, 8, 0.5)), whole = Loss(new(1, 1, 8, 0.5));

        Assert.True(half > labels);
        Assert.Equal(whole - half, half - labels, 1e-5);
    }

    [Fact]
    public void Beta_is_that_of_the_paper()
    {
        // alpha = k / (items - 1); beta = alpha (t (1 - 1/alpha) + 1/alpha).
        const double Alpha = 256 / 3415.0;

        Assert.Equal(Alpha * ((0.75 * (1 - (1 / Alpha))) + (1 / Alpha)), new SasRecObjective(0, 1, 256, 0.75).Beta(3416), 1e-12);
        Assert.Equal(1, new SasRecObjective(0, 1, 256, 0).Beta(3416), 1e-12);
        Assert.Equal(Alpha, new SasRecObjective(0, 1, 256, 1).Beta(3416), 1e-12);
        Assert.Equal(1, new SasRecObjective(0, 1, 50, 1).Beta(20), 1e-12);
    }

    [Fact]
    public void A_dataset_without_histories_is_refused()
    {
        Dataset rows = PlantedTaste.Make(users: 5, items: 4, rowsOfUser: 2); // one of them in training
        using SasRec model = Model(maxLength: 4);

        var problem = Assert.Throws<TrainingException>(() => new SasRecStage(rows, model, Labels, new(), seed: 1));

        Assert.Contains("no training row with a like of its user before it", problem.Message, StringComparison.Ordinal);
    }

    private static string[] Epoch(SasRecStage stage, int epoch)
    {
        stage.BeginEpoch(epoch);
        return [.. Enumerable.Range(0, stage.StepsPerEpoch).Select(stage.Describe)];
    }

    private static int[] Before(int row, int length) => new Histories(Rows).Before(row, length, HistoryKind.PositiveOnly);

    private static double LossOf(SasRec model, int row)
    {
        using var scope = TensorScope.Begin();
        Tensor items = SasRecInput.From(Rows, [Before(row, 20)], model.Config);
        double logit = model.Score(items, Tensor.From([(long)Rows.Interactions[row].Item], 1)).ToDouble();
        return Math.Log(1 + Math.Exp(Rows.Interactions[row].Label ? -logit : logit));
    }

    private static SasRec Model(int maxLength, int items = 13)
    {
        using var generator = new Generator(5);
        return new SasRec(new WeightPath(new FreshWeights(generator)), new() { EmbeddingSize = 8, MaxLength = maxLength, InitDeviation = 0.3 }, items);
    }
}
