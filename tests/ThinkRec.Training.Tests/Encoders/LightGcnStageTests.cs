using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Nn;
using ThinkRec.Torch;
using ThinkRec.Training.Encoders;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Tests.Encoders;

[Collection(SeededEngine.Name)]
public sealed class LightGcnStageTests
{
    private static readonly Dataset Rows = PlantedTaste.Make(users: 30, items: 16, rowsOfUser: 30);

    [Fact]
    public void Natively_trained_it_ranks_what_a_user_likes_above_the_rest()
    {
        using var scope = TensorScope.Begin();
        using LightGcn model = Model();
        var stage = new LightGcnStage(Rows, model, EncoderProtocol.Native, new() { LearningRate = 0.02, BatchSize = 64, MaxEpochs = 20, Patience = 20, ClipNorm = 0 }, seed: 4);
        double before = stage.Validate()["auc"];

        Trainer.Fit(stage, new FitOptions(4, null, "test", TimeSpan.FromHours(1), new Silent()), TimeProvider.System, TestContext.Current.CancellationToken);

        double after = stage.Validate()["auc"];
        Assert.True(after > 0.7 && after > before + 0.1, $"{before} to {after}");
    }

    [Fact]
    public void Natively_the_loss_is_that_of_likes_against_items_the_user_did_not_like()
    {
        long live = TensorCensus.Live;
        using (var scope = TensorScope.Begin())
        {
            // Without passing vectors on, a vector is a table row: here the like of item i by user u scores 8 when u liked i in training, else 0.
            HashSet<(int User, int Item)> likes = [.. LightGcnStage.Likes(Rows)];
            using var generator = new Generator(2);
            using var model = new LightGcn(new WeightPath(new FreshWeights(generator)), new() { EmbeddingSize = 17, NumLayers = 0 }, 31, 17, [.. likes]);
            using (NoGrad.Begin())
            {
                float[] cells = [.. Enumerable.Range(0, 31 * 17).Select(i => likes.Contains((i / 17, i % 17)) ? 8f : 0)];
                model.Users.Weight.Value.CopyInPlace(Tensor.From(cells, 31, 17));
                float[] unit = [.. Enumerable.Range(0, 17 * 17).Select(i => i % 18 == 0 ? 1f : 0)];
                model.Items.Weight.Value.CopyInPlace(Tensor.From(unit, 17, 17));
            }

            var stage = new LightGcnStage(Rows, model, EncoderProtocol.Native, new() { BatchSize = 50 }, seed: 4);
            stage.BeginEpoch(0);

            Assert.Equal((LightGcnStage.Likes(Rows).Count() + 49) / 50, stage.StepsPerEpoch);
            Assert.Equal(Math.Log(1 + Math.Exp(-8)), stage.Loss(0).Loss.ToDouble(), 1e-6);
        }

        Assert.Equal(live, TensorCensus.Live);
    }

    [Fact]
    public void A_user_who_liked_everything_does_not_hang_it()
    {
        using var scope = TensorScope.Begin();
        Dataset all = PlantedTaste.Make(users: 2, items: 1, rowsOfUser: 10);
        using var generator = new Generator(1);
        using var model = new LightGcn(new WeightPath(new FreshWeights(generator)), new() { EmbeddingSize = 4 }, 3, 2, [.. LightGcnStage.Likes(all)]);
        var stage = new LightGcnStage(all, model, EncoderProtocol.Native, new() { BatchSize = 4 }, seed: 4);
        stage.BeginEpoch(0);

        Assert.Equal(Math.Log(2), stage.Loss(0).Loss.ToDouble(), 1e-6);
    }

    private static LightGcn Model()
    {
        using var generator = new Generator(2);
        return new LightGcn(new WeightPath(new FreshWeights(generator)), new() { EmbeddingSize = 8 }, 31, 17, [.. LightGcnStage.Likes(Rows)]);
    }

    private sealed class Silent : ITrainingWatcher
    {
        public void Step(TrainingRecord record) { }

        public void Epoch(TrainingRecord record) { }
    }
}
