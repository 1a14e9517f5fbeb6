using ThinkRec.Data;
using ThinkRec.Metrics;
using ThinkRec.Models.Collaborative;
using ThinkRec.Models.Reasoning;
using ThinkRec.TestKit;
using ThinkRec.Torch;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Encoders;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Tests.Encoders;

[Collection(SeededEngine.Name)]
public sealed class EncoderTrainingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dataset _dataset = PlantedTaste.Make(users: 40, items: 12, rowsOfUser: 40);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(EncoderMethod.Mf)]
    [InlineData(EncoderMethod.Sasrec)]
    [InlineData(EncoderMethod.Gsasrec)]
    [InlineData(EncoderMethod.Din)]
    [InlineData(EncoderMethod.Lightgcn)]
    [InlineData(EncoderMethod.SasrecFeedback)]
    public void A_planted_taste_is_learnt(EncoderMethod method)
    {
        var watcher = new Watcher();

        using ICollaborativeEncoder encoder = Train(Options(method, epochs: method == EncoderMethod.SasrecFeedback ? 40 : 25), watcher);

        Assert.True(watcher.Losses[^1] < 0.85 * watcher.Losses[0], $"loss {watcher.Losses[0]} to {watcher.Losses[^1]}");
        Assert.True(Auc(encoder, Split.Test) > 0.7, $"test AUC {Auc(encoder, Split.Test)}");
        Assert.Equal(watcher.Aucs.Max(), Auc(encoder, Split.Valid), 1e-6);
    }

    [Theory]
    [InlineData(EncoderMethod.Mf)]
    [InlineData(EncoderMethod.Sasrec)]
    [InlineData(EncoderMethod.Gsasrec)]
    [InlineData(EncoderMethod.Din)]
    [InlineData(EncoderMethod.Lightgcn)]
    [InlineData(EncoderMethod.SasrecFeedback)]
    public void A_training_that_was_interrupted_goes_on_to_the_same_bits(EncoderMethod method)
    {
        // 15 steps an epoch, or 5 of windows: the watcher, told every 20 steps, stops the run within the second or fifth epoch.
        EncoderOptions options = Options(method, epochs: method == EncoderMethod.SasrecFeedback ? 5 : 3);
        using ICollaborativeEncoder whole = Train(options, new Watcher());
        string checkpoint = _folder.File("trainer.safetensors");
        using var cancel = new CancellationTokenSource();

        Assert.Throws<OperationCanceledException>(() => TrainUntil(options, new Watcher { OnStep = record => CancelAt(20, record, cancel) }, 3, checkpoint, cancel.Token));
        Assert.True(File.Exists(checkpoint));
        using ICollaborativeEncoder resumed = Train(options, new Watcher(), checkpoint);

        Assert.Equal(Vectors(whole), Vectors(resumed));
    }

    [Fact]
    public void Another_seed_gives_another_encoder()
    {
        using ICollaborativeEncoder one = Train(Options(EncoderMethod.Mf, epochs: 1), new Watcher(), seed: 1);
        using ICollaborativeEncoder two = Train(Options(EncoderMethod.Mf, epochs: 1), new Watcher(), seed: 2);

        Assert.NotEqual(Vectors(one), Vectors(two));
    }

    [Theory]
    [InlineData(EncoderMethod.Mf)]
    [InlineData(EncoderMethod.Sasrec)]
    [InlineData(EncoderMethod.Gsasrec)]
    [InlineData(EncoderMethod.Din)]
    [InlineData(EncoderMethod.Lightgcn)]
    [InlineData(EncoderMethod.SasrecFeedback)]
    public void Scores_of_a_saved_encoder_are_those_of_the_trained(EncoderMethod method)
    {
        using ICollaborativeEncoder trained = Train(Options(method, epochs: 1), new Watcher());
        EncoderFolder.Save(trained, _dataset, _folder.File("encoder"));
        int[] rows = _dataset.RowsOf(Split.Test);

        using ICollaborativeEncoder loaded = EncoderFolder.Load(_folder.File("encoder"), _dataset);

        Assert.Equal(EncoderScorer.Score(trained, _dataset, rows), EncoderScorer.Score(loaded, _dataset, rows));
    }

    [Fact]
    public void A_fixed_number_of_steps_is_kept_even_beyond_one_pass()
    {
        EncoderOptions options = Options(EncoderMethod.Mf, epochs: 1);
        options = options with { Optimization = options.Optimization! with { StepsPerEpoch = 41 } };
        var watcher = new Watcher();

        using ICollaborativeEncoder encoder = Train(options, watcher);

        Assert.Equal([0, 20, 40], watcher.Steps);
    }

    [Fact]
    public void Options_are_read_from_yaml()
    {
        string path = _folder.File("encoder.yaml");
        File.WriteAllText(path, "method: sasrec\nmaxLength: 10\nhistory: positiveOnly\n");

        EncoderOptions options = ConfigurationFile.Load<EncoderOptions>(path, []);

        Assert.Equal((EncoderMethod.Sasrec, 10, HistoryKind.PositiveOnly), (options.Method, options.MaxLength, options.History));
    }

    [Fact]
    public void Options_of_words_and_feedback_are_read_from_yaml()
    {
        string path = _folder.File("encoder.yaml");
        File.WriteAllText(path, "method: sasrec-feedback\nitemDropout: 0.5\n");

        EncoderOptions options = ConfigurationFile.Load<EncoderOptions>(path, []);

        Assert.Equal((EncoderMethod.SasrecFeedback, 0.5), (options.Method, options.ItemDropout));
    }

    [Fact]
    public void All_problems_of_the_options_are_named()
    {
        EncoderOptions options = Options(EncoderMethod.Sasrec, 1) with { NumHeads = 3, Dropout = 1, Optimization = new() { BatchSize = 0 } };

        var problem = Assert.Throws<ConfigurationException>(() => Train(options, new Watcher()));

        Assert.All(["numHeads 3", "dropout is 1", "optimization.batchSize is 0"], said => Assert.Contains(said, problem.Message, StringComparison.Ordinal));
    }

    /// <summary>960 training rows are 15 batches of 64; or 40 windows, one of each user, and 5 batches of 8; or about 80 windows of likes.</summary>
    private static EncoderOptions Options(EncoderMethod method, int epochs)
    {
        bool readsAll = method == EncoderMethod.SasrecFeedback, readsLikes = method is EncoderMethod.Sasrec or EncoderMethod.Gsasrec;
        return new()
        {
            Method = method,
            EmbeddingSize = readsAll ? 16 : 8,
            MaxLength = readsAll ? 40 : 8,
            NumHeads = readsAll ? 2 : 1,
            Optimization = new() { LearningRate = 0.01, BatchSize = readsAll || readsLikes ? 8 : 64, MaxEpochs = epochs, Patience = epochs, ClipNorm = 0 },
        };
    }

    private static void CancelAt(int step, TrainingRecord record, CancellationTokenSource cancel)
    {
        if (record.Step == step)
        {
            cancel.Cancel();
        }
    }

    private ICollaborativeEncoder Train(EncoderOptions options, ITrainingWatcher watcher, string? checkpoint = null, long seed = 3) =>
        TrainUntil(options, watcher, seed, checkpoint, TestContext.Current.CancellationToken);

    private ICollaborativeEncoder TrainUntil(
        EncoderOptions options, ITrainingWatcher watcher, long seed, string? checkpoint, CancellationToken cancellation) =>
        EncoderTraining.Train(_dataset, options, new FitOptions(seed, checkpoint, "test", TimeSpan.FromHours(1), watcher), TimeProvider.System, cancellation);

    private double Auc(ICollaborativeEncoder encoder, Split split)
    {
        int[] rows = _dataset.RowsOf(split);
        double[] scores = EncoderScorer.Score(encoder, _dataset, rows);
        return RankingMetrics.Auc([.. rows.Select((row, i) =>
            new ScoredRow($"{_dataset.Interactions[row].User}", "", _dataset.Interactions[row].Label, scores[i]))]);
    }

    private float[] Vectors(ICollaborativeEncoder encoder)
    {
        using var scope = TensorScope.Begin();
        var histories = new Histories(_dataset);
        UserState[] states = [.. Enumerable.Range(1, 40).Select(user => new UserState(user, histories.Latest(user, 20, HistoryKind.Dual)))];
        return [.. encoder.UserVectors(states).ToFloats(), .. encoder.ItemVectors([.. Enumerable.Range(1, 12)]).ToFloats()];
    }

    private sealed class Watcher : ITrainingWatcher
    {
        public List<double> Losses { get; } = [];

        public List<double> Aucs { get; } = [];

        public List<int> Steps { get; } = [];

        public Action<TrainingRecord> OnStep { get; init; } = static _ => { };

        public void Step(TrainingRecord record)
        {
            Losses.Add(record.Values["loss"]);
            Steps.Add(record.Step);
            OnStep(record);
        }

        public void Epoch(TrainingRecord record) => Aucs.Add(record.Values["auc"]);
    }
}
