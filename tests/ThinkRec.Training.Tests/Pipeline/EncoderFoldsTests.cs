using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.TestKit;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Encoders;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Runs;
using ThinkRec.Training.Tests.Encoders;

namespace ThinkRec.Training.Tests.Pipeline;

/// <summary>Encoders that do not know the users of a fold.</summary>
[Collection(SeededEngine.Name)]
public sealed class EncoderFoldsTests : IDisposable
{
    private const int Folds = 2;
    private static readonly ThinkRecConfig OutOfFold = TinyRun.Config with { Encoder = TinyRun.Config.Encoder with { Folds = Folds } };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(EncoderMethod.Mf)]
    [InlineData(EncoderMethod.Lightgcn)]
    [InlineData(EncoderMethod.Sasrec)]
    [InlineData(EncoderMethod.SasrecFeedback)]
    public void Other_labels_of_a_folds_users_change_nothing_in_its_encoder(EncoderMethod method)
    {
        Dataset one = PlantedTaste.Make(users: 12, items: 10, rowsOfUser: 20);
        Dataset other = Flipped(one, fold: 1);

        Train(one, method, "one");
        Train(other, method, "other");

        Assert.Equal(Weights("one/encoder-folds-2/1"), Weights("other/encoder-folds-2/1"));
        Assert.NotEqual(Weights("one/encoder-folds-2/0"), Weights("other/encoder-folds-2/0"));
        Assert.NotEqual(Weights("one/encoder"), Weights("other/encoder"));
    }

    [Theory]
    [InlineData(EncoderMethod.Mf)]
    [InlineData(EncoderMethod.Sasrec)]
    public void A_training_example_gets_vectors_of_an_encoder_that_was_not_trained_on_its_user(EncoderMethod method)
    {
        Dataset one = PlantedTaste.Make(users: 12, items: 10, rowsOfUser: 20);
        Dataset other = Flipped(one, fold: 1);
        Train(one, method, "one");
        Train(other, method, "other");
        int[] rows = [.. one.RowsOf(Split.Train).Where(row => UserFolds.Of(one.Users[one.Interactions[row].User], Folds) == 1)];
        int[] firstRows = [.. rows.GroupBy(row => one.Interactions[row].User).Select(user => user.First())]; // before the first row there is no label to know

        Assert.Equal(Scores(one, "one", firstRows, outOfFold: true), Scores(other, "other", firstRows, outOfFold: true), (x, y) => Math.Abs(x - y) < 1e-4);
        if (method == EncoderMethod.Mf)
        {
            Assert.All(Scores(one, "one", firstRows, false).Zip(Scores(other, "other", firstRows, false)), pair => Assert.True(Math.Abs(pair.First - pair.Second) > 1e-4));
        }
    }

    [Fact]
    public void A_run_of_an_encoder_says_how_much_its_vectors_tell_of_the_labels()
    {
        RunDirectory run = Train(PlantedTaste.Make(users: 20, items: 10, rowsOfUser: 20), EncoderMethod.Mf, "run");

        IReadOnlyDictionary<string, double> measured = run.Result("out-of-fold")!.Metrics;
        Assert.Equal(["inSampleAuc", "inSampleUauc", "outOfFoldAuc", "outOfFoldUauc"], measured.Keys.Order());
        Assert.True(measured["inSampleAuc"] > measured["outOfFoldAuc"]);
        string[] stages = [.. File.ReadLines(run.PathOf("metrics.jsonl")).Select(line => line.Split("\"stage\":\"")[1].Split('"')[0]).Distinct()];
        Assert.Equal(["mf", "encoder-fold-0", "encoder-fold-1"], stages);
    }

    [Theory]
    [InlineData("mf", 0)]
    [InlineData("encoder-fold-0", 20)]
    [InlineData("encoder-fold-1", 0)]
    public void A_run_stopped_within_a_fold_goes_on_to_the_same_bytes(string stage, int step)
    {
        Dataset dataset = PlantedTaste.Make(users: 24, items: 10, rowsOfUser: 20);
        Train(dataset, EncoderMethod.Mf, "whole");
        using var cancel = new CancellationTokenSource();

        Assert.Throws<OperationCanceledException>(
            () => Train(dataset, EncoderMethod.Mf, "stopped", new Stop(record => record.Stage == stage && record.Step == step, cancel), cancel.Token));
        Assert.True(File.Exists(_folder.File($"stopped/checkpoints/{(stage == "mf" ? "encoder" : stage)}.safetensors")));
        Train(dataset, EncoderMethod.Mf, "stopped");

        Assert.All(["encoder", "encoder-folds-2/0", "encoder-folds-2/1"], name => Assert.Equal(Weights($"whole/{name}"), Weights($"stopped/{name}")));
        Assert.Empty(Directory.GetFiles(_folder.File("stopped/checkpoints")));
    }

    [Fact]
    public void Training_examples_of_thinkrec_read_the_folds_and_only_the_projector_feels_it()
    {
        TinyRun.Train(_folder.File("in"), false, null, TestContext.Current.CancellationToken);
        using var cancel = new CancellationTokenSource();
        var watcher = new Stop(record => record.Stage == "projector", cancel);

        Assert.Throws<OperationCanceledException>(() => TinyRun.Train(_folder.File("out"), false, watcher, cancel.Token, OutOfFold));
        TinyRun.Train(_folder.File("out"), true, null, TestContext.Current.CancellationToken, OutOfFold);
        TinyRun.Train(_folder.File("whole"), false, null, TestContext.Current.CancellationToken, OutOfFold);

        Dictionary<string, string> inSample = TinyRun.Products(_folder.File("in")), outOfFold = TinyRun.Products(_folder.File("out"));
        Assert.Equal(
            ["encoder-folds-2/0/encoder.safetensors", "encoder-folds-2/1/encoder.safetensors", "metrics.jsonl", "projector.safetensors", "resolved.yaml"],
            outOfFold.Where(product => inSample.GetValueOrDefault(product.Key) != product.Value).Select(product => product.Key).Order(StringComparer.Ordinal));
        Assert.Equal(TinyRun.Products(_folder.File("whole")), outOfFold);
    }

    [Fact]
    public void Runs_share_the_folds_of_the_run_that_has_their_encoder()
    {
        TinyRun.Train(_folder.File("first"), false, null, TestContext.Current.CancellationToken, OutOfFold);
        ThinkRecConfig shared = OutOfFold with { Encoder = OutOfFold.Encoder with { Run = _folder.File("first") } };
        TrainingInputs.Require(shared, TinyRun.World, "none");

        TinyRun.Train(_folder.File("second"), false, null, TestContext.Current.CancellationToken, shared);

        Assert.False(Directory.Exists(_folder.File("second/encoder-folds-2")));
        Assert.Equal(TinyRun.Products(_folder.File("first"))["projector.safetensors"], TinyRun.Products(_folder.File("second"))["projector.safetensors"]);
    }

    [Fact]
    public void A_run_without_the_folds_asked_for_is_refused_before_anything_is_written()
    {
        Train(TinyRun.World, EncoderMethod.Mf, "run");
        ThinkRecConfig config = OutOfFold with { Encoder = new() { Run = _folder.File("run"), Folds = 3 } };

        var problem = Assert.Throws<CheckpointException>(() => TrainingInputs.Require(config, TinyRun.World, "none"));

        Assert.Contains("encoder-folds-3", problem.Message, StringComparison.Ordinal);
        Assert.Contains("Train it with folds: 3", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("encoder: { folds: 1 }", "encoder.folds is 1, expected 0 or 2 to 20")]
    [InlineData("encoder: { folds: 21 }", "encoder.folds is 21, expected 0 or 2 to 20")]
    public void Numbers_of_folds_that_make_no_sense_are_refused(string yaml, string said)
    {
        var problem = Assert.Throws<ConfigurationException>(() => ConfigurationFile.LoadText<ThinkRecConfig>(yaml, "test", []));

        Assert.Contains(said, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_that_have_no_vectors_for_strangers_are_refused()
    {
        ThinkRecConfig config = OutOfFold with { Encoder = OutOfFold.Encoder with { Train = OutOfFold.Encoder.Train with { FoldIn = false } } };

        var problem = Assert.Throws<ConfigurationException>(() => TrainingInputs.Require(config, TinyRun.World, "none"));

        Assert.Contains("set foldIn to true, or folds to 0", problem.Message, StringComparison.Ordinal);
        TrainingInputs.Require(config with { Encoder = config.Encoder with { Folds = 0 } }, TinyRun.World, "none");
    }

    private static Dataset Flipped(Dataset dataset, int fold) => new()
    {
        Card = dataset.Card,
        Users = dataset.Users,
        Items = dataset.Items,
        ItemTexts = dataset.ItemTexts,
        Interactions = [.. dataset.Interactions.Select(row => UserFolds.Of(dataset.Users[row.User], Folds) == fold ? row with { Label = !row.Label, Rating = 6 - row.Rating } : row)],
    };

    private RunDirectory Train(Dataset dataset, EncoderMethod method, string name, ITrainingWatcher? watcher = null, CancellationToken? cancellation = null)
    {
        var config = new EncoderRunConfig
        {
            Folds = Folds,
            Encoder = new EncoderOptions
            {
                Method = method,
                EmbeddingSize = 8,
                NumHeads = 2,
                Optimization = new() { LearningRate = 0.01, BatchSize = 8, MaxEpochs = 2, Patience = 2, ClipNorm = 0 },
            },
        };
        var run = RunDirectory.Start(_folder.File(name), Methods.Of(method), dataset, config, resume: true, watcher);
        EncoderRun.Train(run, dataset, config, cancellation ?? TestContext.Current.CancellationToken);
        return run;
    }

    private double[] Scores(Dataset dataset, string run, int[] rows, bool outOfFold)
    {
        using ICollaborativeEncoder encoder = EncoderFolds.Load(_folder.File($"{run}/encoder"), _folder.File(run), dataset, Folds);
        return EncoderScorer.Score(encoder, dataset, rows, outOfFold);
    }

    private string Weights(string folder) => Convert.ToHexString(File.ReadAllBytes(_folder.File($"{folder}/encoder.safetensors")));
}
