using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Nn;
using ThinkRec.Torch;
using ThinkRec.Training.Encoders;

namespace ThinkRec.Training.Tests.Encoders;

[Collection(SeededEngine.Name)]
public sealed class FeedbackSasRecStageTests
{
    private const int NumUsers = 10;
    private static readonly Dataset Rows = PlantedTaste.Make(users: NumUsers, items: 12, rowsOfUser: 20);

    [Fact]
    public void The_loss_is_that_of_each_row_asked_alone_with_what_was_known_before_it()
    {
        long live = TensorCensus.Live;
        using (var scope = TensorScope.Begin())
        {
            using FeedbackSasRec model = Model(maxLength: 20);
            var stage = new FeedbackSasRecStage(Rows, model, ItemStatistics.Fit(Rows), new() { BatchSize = NumUsers }, seed: 1);

            double loss = stage.Loss(0).Loss.ToDouble();

            Assert.Equal(1, stage.StepsPerEpoch);
            Assert.Equal(Rows.RowsOf(Split.Train).Average(row => LossOf(model, row, asOf: true)), loss, 1e-5);
            Assert.NotEqual(Rows.RowsOf(Split.Train).Average(row => LossOf(model, row, asOf: false)), loss, 1e-4);
        }

        Assert.Equal(live, TensorCensus.Live);
    }

    [Fact]
    public void An_epoch_shows_every_training_row_once_in_an_order_of_its_own()
    {
        using var scope = TensorScope.Begin();
        using FeedbackSasRec model = Model(maxLength: 4);
        var stage = new FeedbackSasRecStage(Rows, model, ItemStatistics.Fit(Rows), new() { BatchSize = 1 }, seed: 1);

        string[] first = Epoch(stage, 0), second = Epoch(stage, 1);

        Assert.True(stage.StepsPerEpoch > NumUsers);
        Assert.Equal(first.Order(), second.Order());
        Assert.NotEqual(first, second);
        Assert.Equal(first.Length, first.Distinct().Count());
        Assert.Equal(first, Epoch(stage, 0));
    }

    private static string[] Epoch(FeedbackSasRecStage stage, int epoch)
    {
        stage.BeginEpoch(epoch);
        return [.. Enumerable.Range(0, stage.StepsPerEpoch).Select(stage.Describe)];
    }

    private static double LossOf(FeedbackSasRec model, int row, bool asOf)
    {
        using var scope = TensorScope.Begin();
        var statistics = ItemStatistics.Fit(Rows);
        var numbers = new float[ItemStatistics.Count];
        int item = Rows.Interactions[row].Item;
        if (asOf)
        {
            statistics.AsOf(row, numbers);
        }
        else
        {
            statistics.Now(item, numbers);
        }

        int[] history = new Histories(Rows).Before(row, 20, HistoryKind.Dual);
        Tensor user = model.UserVectors(FeedbackEvents.From(Rows, [history], statistics)).Select(1, history.Length);
        double logit = (user * model.ItemVectors([item], numbers)).Sum().ToDouble();
        return Math.Log(1 + Math.Exp(Rows.Interactions[row].Label ? -logit : logit));
    }

    private static FeedbackSasRec Model(int maxLength)
    {
        using var generator = new Generator(5);
        var config = new FeedbackSasRecConfig { EmbeddingSize = 8, MaxLength = maxLength, NumHeads = 2, InitDeviation = 0.3 };
        return new FeedbackSasRec(
            new WeightPath(new FreshWeights(generator)),
            config,
            ItemWords.Collect(Rows.ItemTexts),
            [false, .. Enumerable.Repeat(true, 12)]);
    }
}
