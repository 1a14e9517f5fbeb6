using System.Globalization;
using ThinkRec.Data;
using ThinkRec.TestKit;
using ThinkRec.Torch;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Runs;
using ThinkRec.Training.Search;
using ThinkRec.Training.Stages;
using ThinkRec.Training.Tests.Encoders;
using ThinkRec.Training.Tests.Pipeline;

namespace ThinkRec.Training.Tests.Search;

/// <summary>A search over settings of ThinkRec's stages.</summary>
[Collection(SeededEngine.Name)]
public sealed class ThinkRecSearchTests : IDisposable
{
    private const string Rates = "grid: [{ key: thinking.optimization.learningRate, values: [1.0e-3, 3.0e-3] }]";

    private static readonly ThinkRecConfig Settings = TinyRun.Config with
    {
        Llm = TinyRun.Config.Llm with { Pretrain = TinyRun.Config.Llm.Pretrain with { Language = Short(4), Behaviour = Short(4) } },
        Thinking = TinyRun.Config.Thinking with { Count = 20, Optimization = Short(4) with { MaxEpochs = 4, Patience = 4 } },
        Projector = new() { Optimization = Short(3) },
        Experts = TinyRun.Config.Experts with { Optimization = Short(3) },
    };

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("encoder.train.embeddingSize: [8, 4]", "mf projector group-0 group-1")]
    [InlineData("llm.pretrain.behaviour.learningRate: [3.0e-3, 1.0e-3]", "behaviour thinking projector group-0 group-1")]
    [InlineData("projector.optimization.learningRate: [3.0e-3, 1.0e-3]", "projector")]
    [InlineData("experts.temperature: [0.1, 0.5]", "")]
    public void Stages_that_do_not_depend_on_the_searched_key_are_trained_once_and_a_trial_is_what_it_would_be_alone(string key, string trained)
    {
        string[] parts = key.Split(": ");
        var begun = new List<(int Trial, string Stage)>();

        SearchResult found = Search("search", $"grid: [{{ key: {parts[0]}, values: {parts[1]} }}]", watcherOf: trial => new Begun(stage => begun.Add((trial.Number, stage))));

        Assert.Equal(["mf", "language", "behaviour", "thinking", "projector", "group-0", "group-1"], begun.Where(b => b.Trial == 1).Select(b => b.Stage));
        Assert.Equal(trained, string.Join(' ', begun.Where(b => b.Trial == 2).Select(b => b.Stage)));
        ThinkRecConfig second = Config([$"{parts[0]}={parts[1].Split(", ")[1].TrimEnd(']')}"]);
        TinyRun.Train(_folder.File("alone"), resume: false, null, Token, second);
        Dictionary<string, string> alone = TinyRun.Products(_folder.File("alone")), shared = TinyRun.Products(_folder.File("search/trials/002"));
        Assert.True(alone.Remove("metrics.jsonl") && alone.Count >= 9);
        shared.Remove("metrics.jsonl"); // tells only of what was trained there
        Assert.Equal(alone, shared);
        Assert.Equal(2, found.Trials.Count);
        Assert.All(found.Trials, trial => Assert.InRange(trial.Auc!.Value, 0.3, 0.9));
    }

    [Fact]
    public void The_best_settings_are_chosen_by_the_whole_system_on_validation_rows()
    {
        SearchResult found = Search("search", "metric: uauc\ngrid: [{ key: thinking.optimization.learningRate, values: [1.0e-3, 3.0e-3] }, { key: seed, values: [7, 8] }]");

        Assert.Equal(4, found.Trials.Count);
        Assert.Equal(found.Trials.Max(trial => trial.Uauc), found.Best.Uauc);
        ThinkRecConfig best = ConfigurationFile.Load<ThinkRecConfig>(_folder.File("search/best.yaml"), []);
        string[] row = File.ReadLines(_folder.File("search/trials.tsv")).ElementAt(found.Best.Trial).Split('\t');
        Assert.Equal((double.Parse(row[1], CultureInfo.InvariantCulture), row[2]), (best.Thinking.Optimization.LearningRate, $"{best.Seed}"));
        var run = RunDirectory.Open(_folder.File($"search/trials/{found.Best.Trial:000}"), TinyRun.World);
        StageResult measured = run.Result("validation")!;
        using var model = ThinkRecRun.Load(run, TinyRun.World, ThinkRecRun.Config(run));
        Assert.NotNull(model.Gate);
        Assert.NotNull(model.Projector);
        Assert.Equal(new ValidationSet(TinyRun.World, Settings.Prompt, Settings.ValidationRows, Settings.Seed).Measure(model), measured.Metrics);
        Assert.Equal(found.Best.Uauc, measured.Metrics["uauc"]);
    }

    [Fact]
    public void Labels_of_the_test_split_change_nothing()
    {
        Dataset flipped = new()
        {
            Card = TinyRun.World.Card,
            Users = TinyRun.World.Users,
            Items = TinyRun.World.Items,
            ItemTexts = TinyRun.World.ItemTexts,
            Interactions = [.. TinyRun.World.Interactions.Select(row => row.Split == Split.Test ? row with { Label = !row.Label } : row)],
        };

        Search("as it is", Rates);
        Search("flipped", Rates, dataset: flipped);

        Assert.Equal(Table("as it is"), Table("flipped"));
    }

    [Theory]
    [InlineData("thinking", 1, 12)]
    [InlineData("group-1", 2, 0)]
    public void A_search_that_was_stopped_goes_on_to_the_same_table(string stage, int trial, int step)
    {
        Search("whole", Rates);
        using var cancel = new CancellationTokenSource();

        Assert.Throws<OperationCanceledException>(() => Search(
            "stopped", Rates, watcherOf: t => t.Number == trial ? new AfterStep(stage, step, cancel) : null, cancellation: cancel.Token));
        Assert.False(File.Exists(_folder.File("stopped/best.yaml")));
        var begun = new List<(int Trial, string Stage)>();
        Search("stopped", Rates, resume: true, watcherOf: t => new Begun(name => begun.Add((t.Number, name))));

        Assert.Equal(Table("whole"), Table("stopped"));
        Assert.Equal((trial, stage), begun[0]);
        Assert.Equal(TinyRun.Products(_folder.File("whole/trials/002")), TinyRun.Products(_folder.File("stopped/trials/002")));
        begun.Clear();
        Search("stopped", Rates, resume: true, watcherOf: t => new Begun(name => begun.Add((t.Number, name))));
        Assert.Empty(begun);
    }

    [Fact]
    public void Halving_ends_poor_trials_of_one_stage_early_and_the_last_one_trains_as_if_alone()
    {
        const string Grid = "grid: [{ key: thinking.optimization.learningRate, values: [1.0e-3, 3.0e-3, 1.0e-2, 1.0e-4] }]";

        SearchResult found = Search("halved", Grid + "\nhalving: { firstEpochs: 1, keep: 0.5 }", stage: "thinking");
        SearchResult whole = Search("whole", Grid, stage: "thinking");

        Assert.Equal([0, 0, 1, 2], found.Trials.Select(trial => trial.Rung).Order());
        Assert.Equal([1, 1, 2, 4], found.Trials.OrderBy(trial => trial.Rung).Select(trial => trial.Epochs));
        TrialResult alone = whole.Trials.Single(trial => trial.Trial == found.Best.Trial);
        Assert.Equal((alone.Auc, alone.Uauc, alone.BestEpoch, alone.Epochs), (found.Best.Auc, found.Best.Uauc, found.Best.BestEpoch, found.Best.Epochs));
        Assert.False(Directory.Exists(_folder.File("whole/trials/001/adapters/group-0")));
        Assert.True(File.Exists(_folder.File($"halved/trials/{found.Best.Trial:000}/adapters/global/adapter_model.safetensors")));
    }

    [Theory]
    [InlineData(Rates, "llm", "--stage llm has nothing that trials could be told apart by")]
    [InlineData(Rates + "\nhalving: { firstEpochs: 1 }", null, "halving counts the epochs of one stage: end the trials with --stage thinking or projector")]
    [InlineData("grid: [{ key: validationRows, values: [60, 40] }]", null, "validationRows decides which validation rows")]
    [InlineData("grid: [{ key: seed, values: [1, 2] }]", "thinking", "seed decides which validation rows")]
    [InlineData("grid: [{ key: projector.enabled, values: [true, false] }]", "projector", "projector.enabled is false in some trial")]
    public void A_plan_that_cannot_be_carried_out_is_refused_before_anything_is_written(string yaml, string? stage, string problem)
    {
        var refused = Assert.Throws<ConfigurationException>(() => Search("search", yaml, stage: stage));

        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("search")));
    }

    private static OptimizationOptions Short(int steps) => new() { LearningRate = 3e-3, MinLearningRate = 3e-5, BatchSize = 4, StepsPerEpoch = steps, MaxEpochs = 1 };

    private static ThinkRecConfig Config(IReadOnlyList<string> changes) => ConfigurationFile.LoadText<ThinkRecConfig>(YamlWriter.Text(Settings), "settings.yaml", changes);

    private SearchResult Search(
        string folder, string yaml, string? stage = null, Dataset? dataset = null, bool resume = false, Func<SearchTrial, ITrainingWatcher?>? watcherOf = null, CancellationToken? cancellation = null) =>
        SettingsSearch.Run(
            _folder.File(folder), SearchPlan.Resolve(ConfigurationFile.LoadText<SearchGrid>(yaml, "grid.yaml", []), "grid.yaml", Config),
            new ThinkRecTrials(dataset ?? TinyRun.World, _folder.File("data"), stage, Device.Cpu), dataset ?? TinyRun.World, resume, watcherOf ?? (_ => null), cancellation ?? Token);

    /// <summary>The table without the column of seconds.</summary>
    private string[] Table(string folder) =>
        [.. File.ReadLines(_folder.File($"{folder}/trials.tsv")).Select(line => line.Split('\t')).Select(cells => string.Join(' ', cells.Where((_, i) => i != cells.Length - 4)))];

    private sealed class Begun(Action<string> heard) : ITrainingWatcher
    {
        public void Begin(string stage, TrainerState state) => heard(stage);

        public void Step(TrainingRecord record)
        {
        }

        public void Epoch(TrainingRecord record)
        {
        }
    }

    /// <summary>Cancels a training at the end of the epoch that has so many steps, or at its first step.</summary>
    private sealed class AfterStep(string stage, int step, CancellationTokenSource cancel) : ITrainingWatcher
    {
        public void Step(TrainingRecord record) => Heard(record);

        public void Epoch(TrainingRecord record) => Heard(record);

        private void Heard(TrainingRecord record)
        {
            if (record.Stage == stage && record.Step == step)
            {
                cancel.Cancel();
            }
        }
    }
}
