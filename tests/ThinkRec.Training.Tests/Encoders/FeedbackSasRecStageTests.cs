using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Nn;
using ThinkRec.TestKit;
using ThinkRec.Torch;
using ThinkRec.Training.Encoders;

namespace ThinkRec.Training.Tests.Encoders;

[Collection(SeededEngine.Name)]
public sealed class FeedbackSasRecStageTests : TensorTest
{
    private const int NumUsers = 10;
    private static readonly Dataset Rows = DescribedTaste.Make(NumUsers, items: 12, rowsOfUser: 20);
    private static readonly ItemWords Words = ItemWords.Collect(Rows.ItemTexts);
    private static readonly ItemProperties Properties = new(Words, Rows.ItemTexts);
    private static readonly ItemStatistics Statistics = ItemStatistics.Fit(Rows);

    [Fact]
    public void The_loss_is_that_of_each_row_asked_alone_with_what_was_known_before_it()
    {
        using var scope = TensorScope.Begin();
        using FeedbackSasRec model = Model(maxLength: 20);
        FeedbackSasRecStage stage = Stage(model, NumUsers);
        stage.SetTraining(false);

        double loss = stage.Loss(0).Loss.ToDouble();

        Assert.Equal(1, stage.StepsPerEpoch);
        Assert.Equal(Rows.RowsOf(Split.Train).Average(row => LossOf(model, row, asOf: true)), loss, 1e-5);
        Assert.NotEqual(Rows.RowsOf(Split.Train).Average(row => LossOf(model, row, asOf: false)), loss, 1e-4);
    }

    [Fact]
    public void A_served_score_is_the_trained_logit()
    {
        using var scope = TensorScope.Begin();
        FeedbackSasRec model = Model(maxLength: 20);
        _ = Stage(model, NumUsers);
        using var encoder = new FeedbackSasRecEncoder(model, Words, Properties, Statistics, Rows, TrainedItems());
        int[] rows = [.. Rows.RowsOf(Split.Valid), .. Rows.RowsOf(Split.Test)];

        double[] served = EncoderScorer.Score(encoder, Rows, rows);

        Assert.All(rows.Zip(served), p => Assert.Equal(Logit(model, p.First, asOf: true), p.Second, 1e-4));
        Assert.True(served.Distinct().Count() > rows.Length / 2, "the scores are all alike");
    }

    [Fact]
    public void An_epoch_shows_every_training_row_once_in_an_order_of_its_own()
    {
        using var scope = TensorScope.Begin();
        using FeedbackSasRec model = Model(maxLength: 4);
        FeedbackSasRecStage stage = Stage(model, batchSize: 1);

        string[] first = Epoch(stage, 0), second = Epoch(stage, 1);

        Assert.True(stage.StepsPerEpoch > NumUsers);
        Assert.Equal(first.Order(), second.Order());
        Assert.NotEqual(first, second);
        Assert.Equal(first.Length, first.Distinct().Count());
        Assert.Equal(first, Epoch(stage, 0));
    }

    [Fact]
    public void The_model_begins_where_a_regression_on_mood_item_and_tastes_is_best()
    {
        const double Ridge = 30;
        using var scope = TensorScope.Begin();
        using FeedbackSasRec model = Model(maxLength: 20);
        foreach (Parameter parameter in model.Parameters())
        {
            using var noGrad = NoGrad.Begin();
            parameter.Value.FillInPlace(0);
        }

        Stage(model, NumUsers).Loss(0).Loss.Backward();

        // Of the mean loss, and of the ridge on it.
        int rows = Rows.RowsOf(Split.Train).Length, last = model.Config.EmbeddingSize - 2, year = Properties.Count - 1;
        double[] Slopes(string key, int? place) => [.. Part(model, key, place, gradient: true).Zip(Part(model, key, place, gradient: false), (slope, weight) => (rows * (double)slope) + (Ridge * weight))];
        Assert.All([.. Slopes("mood.weight", last), .. Slopes("rank.weight", last), Slopes("item_out.bias", null)[last], Slopes("taste", null)[year]], slope => Assert.Equal(0, slope, 1e-3));

        // All keywords have one weight between them.
        float[] tastes = Part(model, "taste", null, gradient: false);
        Assert.Single(tastes[..year].Distinct());
        Assert.Equal(0, (rows * Part(model, "taste", null, gradient: true)[..year].Sum(slope => (double)slope)) + (Ridge * tastes[0]), 1e-3);
        Assert.All([tastes[0], tastes[year], .. Part(model, "mood.weight", last, gradient: false), .. Part(model, "rank.weight", last, gradient: false)], weight => Assert.NotEqual(0, weight));
    }

    [Fact]
    public void Before_the_first_step_the_model_knows_tastes()
    {
        using var scope = TensorScope.Begin();
        using FeedbackSasRec model = Model(maxLength: 20, deviation: 0.01);
        FeedbackSasRecStage stage = Stage(model, NumUsers);
        stage.SetTraining(false);

        Assert.True(stage.Validate()["auc"] > 0.75, $"{stage.Validate()["auc"]}");
    }

    private static string[] Epoch(FeedbackSasRecStage stage, int epoch)
    {
        stage.BeginEpoch(epoch);
        return [.. Enumerable.Range(0, stage.StepsPerEpoch).Select(stage.Describe)];
    }

    private static float[] Part(FeedbackSasRec model, string key, int? place, bool gradient)
    {
        using var scope = TensorScope.Begin();
        Tensor value = model.Parameters().Single(p => p.Key == key).Value;
        value = gradient ? value.Grad()! : value;
        return (place is int row ? value.Select(0, row) : value).ToFloats();
    }

    private static double LossOf(FeedbackSasRec model, int row, bool asOf)
    {
        double logit = Logit(model, row, asOf);
        return Math.Log(1 + Math.Exp(Rows.Interactions[row].Label ? -logit : logit));
    }

    /// <summary>A row asked alone: its whole history, the user just before it, and the item just before it or at the end of training.</summary>
    private static double Logit(FeedbackSasRec model, int row, bool asOf)
    {
        using var scope = TensorScope.Begin();
        var numbers = new float[ItemStatistics.Count];
        int item = Rows.Interactions[row].Item;
        if (asOf)
        {
            Statistics.AsOf(row, numbers);
        }
        else
        {
            Statistics.Now(item, numbers);
        }

        int[] history = new Histories(Rows).Before(row, 20, HistoryKind.Dual);
        var events = FeedbackEvents.From(Rows, [history], Statistics, Properties.Count);
        var user = new UserStatistics(Statistics, Properties);
        foreach (int before in history)
        {
            user.Add(before, Rows.Interactions[before]);
        }

        user.Read(Rows.Interactions[row].Timestamp, events.MoodAt(0, history.Length), events.TastesAt(0, history.Length));
        Tensor vector = model.UserVectors(events).Select(1, history.Length);
        return (vector * model.ItemVectors([item], numbers)).Sum().ToDouble();
    }

    private static FeedbackSasRecStage Stage(FeedbackSasRec model, int batchSize) => new(Rows, model, Statistics, Properties, new() { BatchSize = batchSize }, seed: 1);

    private static bool[] TrainedItems() => [false, .. Enumerable.Repeat(true, 12)];

    private static FeedbackSasRec Model(int maxLength, double deviation = 0.3)
    {
        using var generator = new Generator(5);
        var config = new FeedbackSasRecConfig { EmbeddingSize = 8, MaxLength = maxLength, NumHeads = 2, InitDeviation = deviation };
        return new FeedbackSasRec(new WeightPath(new FreshWeights(generator)), config, Words, Properties, TrainedItems());
    }
}
