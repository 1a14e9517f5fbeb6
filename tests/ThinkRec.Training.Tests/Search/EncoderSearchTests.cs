using System.Globalization;
using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.TestKit;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Runs;
using ThinkRec.Training.Search;
using ThinkRec.Training.Tests.Encoders;
using ThinkRec.Training.Tests.Pipeline;

namespace ThinkRec.Training.Tests.Search;

/// <summary>A search over settings of an encoder.</summary>
[Collection(SeededEngine.Name)]
public sealed class EncoderSearchTests : IDisposable
{
    // 480 training rows are 8 steps an epoch.
    private const string Settings = "seed: 3\nencoder: { embeddingSize: 4, maxLength: 8, optimization: { learningRate: 0.01, batchSize: 64, maxEpochs: 6, patience: 3, clipNorm: 0 } }\n";

    private const string Four = """
        grid:
          - { key: encoder.optimization.learningRate, values: [1.0e-2, 1.0e-5] }
          - { key: encoder.embeddingSize, values: [4, 8] }
        """;

    private const string Halved = """
        grid: [{ key: encoder.optimization.learningRate, values: [1.0e-6, 1.0e-2, 3.0e-2, 1.0e-5] }]
        halving: { firstEpochs: 1, keep: 0.5 }
        """;

    private static readonly Dataset World = PlantedTaste.Make(users: 20, items: 12, rowsOfUser: 40);
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_combination_is_a_trial_and_the_last_key_changes_fastest()
    {
        SearchPlan<EncoderRunConfig> plan = Plan("""
            grid:
              - { key: encoder.optimization.learningRate, values: [1.0e-2, 1.0e-3, 1.0e-4] }
              - { key: encoder.embeddingSize, values: [64, 128] }
            """);

        Assert.Equal(
            [(1, "1.0e-2 64"), (2, "1.0e-2 128"), (3, "1.0e-3 64"), (4, "1.0e-3 128"), (5, "1.0e-4 64"), (6, "1.0e-4 128")],
            plan.Trials.Select(trial => (trial.Number, string.Join(' ', trial.Values))));
        Assert.Equal((1e-3, 128, 6), (plan.Trials[3].Config.Encoder.Optimization!.LearningRate, plan.Trials[3].Config.Encoder.EmbeddingSize, plan.Trials[3].Config.Encoder.Optimization!.MaxEpochs));
    }

    [Theory]
    [InlineData("grid: []", "grid is an empty list")]
    [InlineData("metric: auc", "the key 'grid' is missing")]
    [InlineData("grid: [{ key: encoder.embeddingSize, values: [] }]", "grid[0].values of encoder.embeddingSize are an empty list")]
    [InlineData("grid: [{ key: encoder.embeddingSize, values: 4 }]", "grid[0].values must be a list")]
    [InlineData("grid: [{ key: encoder.embeddingSise, values: [4] }]", "encoder.embeddingSise=4: unknown key 'encoder.embeddingSise', did you mean 'embeddingSize'?")]
    [InlineData("grid: [{ key: encoder.embeddingSize, values: [4, wide] }]", "encoder.embeddingSize=wide: encoder.embeddingSize must be a whole number but is 'wide'")]
    [InlineData("grid: [{ key: encoder.optimization.patience, values: [4, 0] }]", "encoder.optimization.patience is 0, expected at least 1")]
    [InlineData("grid: [{ key: encoder.numHeads, values: [2, 3] }]", "numHeads 3")]
    [InlineData("grid: [{ key: encoder.embeddingSize, values: [4, 0x4, 4] }]", "must be a whole number but is '0x4'")]
    [InlineData("grid: [{ key: encoder.optimization.learningRate, values: [0.01, 1.0e-2] }]", "trials 001 and 002 have the same settings")]
    [InlineData("grid: [{ key: encoder.method, values: [mf, lightgcn] }]", "trials 001 and 002 have the same settings")]
    [InlineData("grid: [{ key: seed, values: [1] }, { key: seed, values: [2] }]", "grid names seed 2 times")]
    [InlineData("grid: [{ key: seed, values: [1] }]\nhalving: { keep: 1 }", "halving.keep is 1, expected more than 0 and less than 1")]
    [InlineData("grid: [{ key: seed, values: [1] }]\nhalving: { keep: 0, firstEpochs: 0 }", "has 2 problems: halving.firstEpochs is 0, expected at least 1; halving.keep is 0")]
    [InlineData("grid: [{ key: seed, values: [1] }]\nmetric: ndcg", "metric must be one of: auc, uauc")]
    [InlineData("grid: [{ key: seed, values: [1] }]\ntrials: 3", "unknown key 'trials'")]
    public void A_grid_that_cannot_be_searched_is_refused(string yaml, string problem) =>
        Assert.Contains(problem, Assert.Throws<ConfigurationException>(() => Plan(yaml, EncoderMethod.Sasrec)).Message, StringComparison.Ordinal);

    [Fact]
    public void All_problems_of_all_combinations_are_named_once()
    {
        var refused = Assert.Throws<ConfigurationException>(() => Plan("grid: [{ key: seed, values: [x, 1] }, { key: encoder.embeddingSize, values: [0, 4, y] }]"));

        Assert.Equal(3, refused.Problems.Count);
    }

    [Fact]
    public void A_grid_of_too_many_trials_is_refused()
    {
        string values = string.Join(", ", Enumerable.Range(1, 40));

        var refused = Assert.Throws<ConfigurationException>(() => Plan($"grid: [{{ key: seed, values: [{values}] }}, {{ key: encoder.embeddingSize, values: [{values}] }}]"));

        Assert.Contains("grid has 1600 combinations, expected at most 999", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_cannot_tell_trials_apart_are_refused_before_anything_is_written()
    {
        Dataset liked = WithLabels(row => row.Split == Split.Valid || row.Label);

        var refused = Assert.Throws<TrainingException>(() => Search("search", Four, dataset: liked));

        Assert.Contains("not both likes and dislikes in its valid split", refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("search")));
    }

    [Fact]
    public void The_best_settings_give_the_best_figures_again()
    {
        SearchResult found = Search("search", Four);

        Assert.Equal(found.Trials.MaxBy(trial => trial.Auc), found.Best);
        Assert.Equal([.. found.Trials.Select(trial => trial.Auc).OrderDescending()], found.Trials.Select(trial => trial.Auc));
        Assert.Equal(1, found.Trials.Count(trial => trial.Auc == found.Best.Auc));
        EncoderRunConfig best = ConfigurationFile.Load<EncoderRunConfig>(_folder.File("search/best.yaml"), []);
        var run = RunDirectory.Start(_folder.File("again"), Methods.Mf, World, best, resume: false, null);
        StageResult again = EncoderRun.Train(run, World, best, Token);
        Assert.Equal((found.Best.Auc, found.Best.Uauc, found.Best.BestEpoch, found.Best.Epochs), (again.Metrics["auc"], again.Metrics["uauc"], again.BestEpoch, again.Epochs));
        string[] header = File.ReadLines(_folder.File("search/trials.tsv")).First().Split('\t');
        Assert.Equal(["trial", "encoder.optimization.learningRate", "encoder.embeddingSize", "best_epoch", "epochs", "seconds", "auc", "uauc", "rung"], header);
        string[] row = File.ReadLines(_folder.File("search/trials.tsv")).ElementAt(found.Best.Trial).Split('\t');
        Assert.Equal((found.Best.Auc, found.Best.Uauc), (Number(row[6]), Number(row[7])));
        Assert.True(File.Exists(_folder.File("search/trials/004/encoder/encoder.safetensors")));
    }

    [Theory]
    [InlineData(EncoderMethod.Mf)]
    [InlineData(EncoderMethod.Lightgcn)]
    [InlineData(EncoderMethod.Sasrec)]
    [InlineData(EncoderMethod.SasrecFeedback)]
    public void Labels_of_the_test_split_change_nothing(EncoderMethod method)
    {
        const string Yaml = "grid: [{ key: encoder.optimization.maxEpochs, values: [1, 2] }]";

        Search("as it is", Yaml, method);
        Search("flipped", Yaml, method, WithLabels(row => row.Split == Split.Test ? !row.Label : row.Label));

        Assert.Equal(Table("as it is"), Table("flipped"));
        Assert.Equal(File.ReadAllText(_folder.File("as it is/best.yaml")), File.ReadAllText(_folder.File("flipped/best.yaml")));
    }

    [Theory]
    [InlineData(Four, 2, 20)]
    [InlineData(Halved, 2, 0)]
    [InlineData(Halved, 2, 20)]
    public void A_search_that_was_stopped_goes_on_to_the_same_table(string yaml, int trial, int step)
    {
        Search("whole", yaml);
        using var cancel = new CancellationTokenSource();

        Assert.Throws<OperationCanceledException>(() => Search("stopped", yaml, watcherOf: t => t.Number == trial ? new Stop(r => r.Step == step, cancel) : null, cancellation: cancel.Token));
        Assert.False(File.Exists(_folder.File("stopped/best.yaml")));
        Assert.True(File.Exists(_folder.File($"stopped/trials/00{trial}/checkpoints/encoder.safetensors")));
        var trained = new List<int>();
        Search("stopped", yaml, resume: true, watcherOf: t => new Listener(() => trained.Add(t.Number)));

        Assert.Equal(Table("whole"), Table("stopped"));
        Assert.Equal(File.ReadAllText(_folder.File("whole/best.yaml")), File.ReadAllText(_folder.File("stopped/best.yaml")));
        Assert.DoesNotContain(1, trained);
        Assert.Contains(trial, trained);
    }

    [Fact]
    public void A_finished_search_that_is_resumed_trains_nothing_and_other_grids_are_no_continuation()
    {
        Search("search", Halved);
        string table = File.ReadAllText(_folder.File("search/trials.tsv"));
        var trained = new List<int>();

        Search("search", Halved, resume: true, watcherOf: t => new Listener(() => trained.Add(t.Number)));

        Assert.Empty(trained);
        Assert.Equal(table, File.ReadAllText(_folder.File("search/trials.tsv")));
        Assert.Throws<ConfigurationException>(() => Search("search", Halved));
        Assert.Throws<ConfigurationException>(() => Search("search", Four, resume: true));
        var refused = Assert.Throws<ConfigurationException>(() => RunDirectory.Open(_folder.File("search"), World));
        Assert.Contains("name one of its trials", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Halving_drops_the_trials_that_learn_least_and_the_last_one_trains_as_if_alone()
    {
        SearchResult whole = Search("whole", Halved.Split('\n')[0]);

        SearchResult halved = Search("halved", Halved);

        // Rates of 1e-6 and 1e-5 learn nothing in an epoch; of the other two, one goes to the end.
        Assert.Equal((0, 1), (halved.Trials.Single(t => t.Trial == 1).Rung, halved.Trials.Single(t => t.Trial == 1).Epochs));
        Assert.Equal((0, 1), (halved.Trials.Single(t => t.Trial == 4).Rung, halved.Trials.Single(t => t.Trial == 4).Epochs));
        TrialResult second = Assert.Single(halved.Trials, t => t.Rung == 1);
        Assert.Equal(2, second.Epochs);
        Assert.Equal(2, halved.Best.Rung);
        Assert.Equal([2, 3], new[] { second.Trial, halved.Best.Trial }.Order());
        TrialResult alone = whole.Trials.Single(t => t.Trial == halved.Best.Trial);
        Assert.Equal((alone.Auc, alone.Uauc, alone.BestEpoch, alone.Epochs), (halved.Best.Auc, halved.Best.Uauc, halved.Best.BestEpoch, halved.Best.Epochs));
        Assert.True(alone.Epochs > 2);
        Assert.False(Directory.Exists(_folder.File("halved/trials/001/encoder")));
        Assert.True(Directory.Exists(_folder.File($"halved/trials/{halved.Best.Trial:000}/encoder")));
    }

    [Fact]
    public void A_trial_whose_training_diverges_has_no_figures_and_the_others_go_on()
    {
        const string Yaml = "grid: [{ key: encoder.optimization.learningRate, values: [1.0e+30, 1.0e-2] }]";

        SearchResult found = Search("search", Yaml);

        Assert.Equal((2, 2), (found.Best.Trial, found.Trials.Count));
        Assert.Equal((null, null, 0), (found.Trials[1].Auc, found.Trials[1].Uauc, found.Trials[1].Epochs));
        Assert.Throws<TrainingException>(() => Search("all", Yaml.Replace("1.0e-2", "1.0e+31", StringComparison.Ordinal)));
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static Dataset WithLabels(Func<Interaction, bool> label) => new()
    {
        Card = World.Card,
        Users = World.Users,
        Items = World.Items,
        ItemTexts = World.ItemTexts,
        Interactions = [.. World.Interactions.Select(row => row with { Label = label(row), Rating = label(row) ? 5 : 1 })],
    };

    private static SearchPlan<EncoderRunConfig> Plan(string yaml, EncoderMethod method = EncoderMethod.Mf) => SearchPlan.Resolve(
        ConfigurationFile.LoadText<SearchGrid>(yaml, "grid.yaml", []),
        "grid.yaml",
        changes =>
        {
            EncoderRunConfig config = ConfigurationFile.LoadText<EncoderRunConfig>(Settings, "settings.yaml", changes);
            return config with { Encoder = config.Encoder with { Method = method } };
        });

    private SearchResult Search(
        string folder,
        string yaml,
        EncoderMethod method = EncoderMethod.Mf,
        Dataset? dataset = null,
        bool resume = false,
        Func<SearchTrial, ITrainingWatcher?>? watcherOf = null,
        CancellationToken? cancellation = null) =>
        SettingsSearch.Run(
            _folder.File(folder), Plan(yaml, method), new EncoderTrials(dataset ?? World, Methods.Of(method)), dataset ?? World, resume, watcherOf ?? (_ => null), cancellation ?? Token);

    /// <summary>The table without the column of seconds.</summary>
    private string[] Table(string folder) =>
        [.. File.ReadLines(_folder.File($"{folder}/trials.tsv")).Select(line => line.Split('\t')).Select(cells => string.Join(' ', cells.Where((_, i) => i != cells.Length - 4)))];

    private sealed class Listener(Action heard) : ITrainingWatcher
    {
        public void Step(TrainingRecord record) => heard();

        public void Epoch(TrainingRecord record) => heard();
    }
}
