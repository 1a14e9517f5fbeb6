using System.CommandLine;
using System.Globalization;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Data;
using ThinkRec.Metrics;
using ThinkRec.Models.Collaborative;
using ThinkRec.Models.Reasoning;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Encoders;
using ThinkRec.Training.Evaluation;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Runs;

namespace ThinkRec.Cli.Commands;

/// <summary><c>demo</c>: the main job on the built-in world, from ratings to recommendations with reasons.</summary>
internal sealed class DemoCommand : ICommand
{
    private const string ConfigResource = "demo.yaml";
    private const int UsersShown = 3;
    private const int ItemsShown = 5;

    private readonly Option<DirectoryInfo> _out = new("--out") { Description = "Where datasets and runs go; what is there already is not done again.", DefaultValueFactory = _ => new DirectoryInfo("demo-out"), HelpName = "DIR" };
    private readonly Option<long> _seed = new("--seed") { Description = "Seed of everything random.", DefaultValueFactory = _ => 42, HelpName = "N" };
    private readonly Option<string[]> _set = new("--set") { Description = "Overrides one value of the demo's configuration.", HelpName = "KEY=VALUE", DefaultValueFactory = _ => [] };

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        var command = new Command("demo", "Trains and compares everything on the built-in world, then recommends with reasons.") { _out, _seed, _set };
        application.Act(command, (call, report, cancellation) => Task.Run(() => Run(call, report, cancellation), CancellationToken.None));
        return command;
    }

    private void Run(ParseResult call, IConsoleReport report, CancellationToken cancellation)
    {
        string target = call.GetRequiredValue(_out).FullName;
        long seed = call.GetValue(_seed);
        Dataset dataset = Prepare(Path.Combine(target, $"world-{seed}"), seed);
        var work = new DemoWork(target, seed, dataset, LoadConfig(call, seed), report, cancellation);
        (string Name, ScoredRow[] Rows)[] scored = work.TrainAndScore();
        ShowTable(report, scored);
        Show(report, work, dataset, cancellation);
        report.Line($"\nEverything is in {target}. Ask for more with, for instance:");
        report.Line($"  ./thinkrec recommend --run {work.FullRun} --data {work.DataFolder} --user {dataset.Users[1]} --top 5 --explain");
    }

    private ThinkRecConfig LoadConfig(ParseResult call, long seed)
    {
        using Stream stream = typeof(DemoCommand).Assembly.GetManifestResourceStream(ConfigResource)!;
        using var reader = new StreamReader(stream);
        return ConfigurationFile.LoadText<ThinkRecConfig>(reader.ReadToEnd(), "the demo's configuration", [$"seed={seed}", .. call.GetValue(_set)!]);
    }

    private static Dataset Prepare(string folder, long seed)
    {
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
            BuiltInWorld.Generate(new BuiltInWorldOptions { Seed = seed, NumUsers = 1500, NumItems = 800 }).Dataset.Save(folder);
        }

        return Dataset.Load(folder);
    }

    private static void ShowTable(IConsoleReport report, (string Name, ScoredRow[] Rows)[] scored)
    {
        var results = scored.Select(s => (s.Name, Report: RankingReport.Evaluate(s.Rows, new BootstrapOptions { Threads = Environment.ProcessorCount }))).ToArray();
        RankingReport first = results[0].Report;
        report.Line($"Test split: {first.Rows} rows of {first.Users} users. 95 % intervals from {first.Bootstrap.Replicates} resamplings of the users.");
        report.Table(
            ["method", .. first.Metrics.Select(m => m.Name)],
            results.Select(r => (IReadOnlyList<string>)[r.Name, .. r.Report.Metrics.Select(m => $"{Text(m.Value)} ({Text(m.Low)}–{Text(m.High)})")]));
        double Auc(string name) => results.First(r => r.Name == name).Report.Metrics[0].Value;
        double closed = (Auc(DemoWork.Full) - Auc(DemoWork.Mf)) / (Auc(DemoWork.Best) - Auc(DemoWork.Mf));
        report.Line($"{DemoWork.Full} closes {closed.ToString("P0", CultureInfo.InvariantCulture)} of the AUC gap between {DemoWork.Mf} and the best possible.");
        report.Document(new
        {
            first.Rows,
            first.Users,
            Methods = results.ToDictionary(r => r.Name, r => r.Report.Metrics.ToDictionary(m => m.Name, m => new { m.Value, m.Low, m.High })),
            GapClosed = closed,
        });
    }

    private static void Show(IConsoleReport report, DemoWork work, Dataset dataset, CancellationToken cancellation)
    {
        using var recommender = new Recommender(RunDirectory.Open(work.FullRun, dataset), dataset);
        int[] users = [.. dataset.RowsOf(Split.Test).Select(r => dataset.Interactions[r].User).GroupBy(u => u)
            .OrderByDescending(g => g.Count()).ThenBy(g => g.Key).Take(UsersShown).Select(g => g.Key)];
        foreach (int user in users)
        {
            UserState state = recommender.StateOf(dataset.Users[user]);
            ScoredItem[] items = recommender.Recommend(state, ItemsShown, cancellation);
            report.Line("");
            UserView.Show(report, dataset, state, recommender.Gate(state), items, [.. items.Select(i => recommender.Explain(state, i, cancellation))]);
        }
    }

    private static string Text(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}

/// <summary>The trainings of the demo, each a run of its own that is not repeated once it has ended.</summary>
internal sealed class DemoWork(string target, long seed, Dataset dataset, ThinkRecConfig config, IConsoleReport report, CancellationToken cancellation)
{
    internal const string Mf = "MF";
    internal const string Full = "ThinkRec";
    internal const string Best = "best possible";
    private readonly int[] _rows = RunEvaluation.RowsOf(dataset, Split.Test);

    internal string DataFolder => Path.Combine(target, $"world-{seed}");

    internal string FullRun => PathOf("thinkrec");

    private string EncoderRunFolder => PathOf("encoder");

    /// <summary>Trains everything and scores the test split with it.</summary>
    internal (string Name, ScoredRow[] Rows)[] TrainAndScore()
    {
        RunDirectory mf = TrainEncoder(PathOf("mf"), new EncoderOptions { Method = EncoderMethod.Mf, FoldIn = false });
        RunDirectory foldedIn = TrainEncoder(PathOf("mf-fold-in"), new EncoderOptions { Method = EncoderMethod.Mf });
        RunDirectory sasRec = TrainEncoder(PathOf("sasrec"), SasRecOptions());
        RunDirectory encoder = TrainEncoder(EncoderRunFolder, config.Encoder.Train);
        RunDirectory full = TrainThinkRec(FullRun, config with { Encoder = config.Encoder with { Run = EncoderRunFolder } });
        RunDirectory plain = TrainThinkRec(PathOf("thinkrec-without-thinking"), config with
        {
            Encoder = config.Encoder with { Run = EncoderRunFolder },
            Llm = config.Llm with { Path = Path.Combine(FullRun, "llm") },
            Thinking = config.Thinking with { Enabled = false },
        });
        return
        [
            (Mf, Score(mf, true)),
            ("MF, new users folded in", Score(foldedIn, true)),
            ("SASRec", Score(sasRec, true)),
            ($"ThinkRec's encoder alone ({Methods.Of(config.Encoder.Train.Method)})", Score(encoder, true)),
            ("ThinkRec without both", Score(plain, false)),
            ("ThinkRec without thinking", Score(plain, true)),
            ("ThinkRec without experts", Score(full, false)),
            (Full, Score(full, true)),
            (Best, BestPossible.Rows(dataset, _rows)!),
        ];
    }

    private static EncoderOptions SasRecOptions()
    {
        var options = new EncoderOptions { Method = EncoderMethod.Sasrec };
        return options with { Optimization = options.ResolvedOptimization() with { MaxEpochs = 4 } };
    }

    private string PathOf(string name) => Path.Combine(target, $"{name}-{seed}");

    private ScoredRow[] Score(RunDirectory run, bool withExperts)
    {
        report.Progress($"scoring the test split: {Path.GetFileName(run.Folder)}");
        return RunEvaluation.Score(run, dataset, _rows, withExperts, cancellation: cancellation);
    }

    private RunDirectory TrainEncoder(string folder, EncoderOptions options)
    {
        var settings = new EncoderRunConfig { Seed = seed, Encoder = options };
        string method = Methods.Of(options.Method);
        var run = RunDirectory.Start(folder, method, dataset, settings, resume: true, Watcher(folder));
        EncoderRun.Train(run, dataset, settings, cancellation);
        return run;
    }

    private RunDirectory TrainThinkRec(string folder, ThinkRecConfig settings)
    {
        var run = RunDirectory.Start(folder, Methods.ThinkRec, dataset, settings, resume: true, Watcher(folder));
        var runner = new StageRunner(run, seed, TimeSpan.FromSeconds(settings.CheckpointSeconds), cancellation);
        new ThinkRecTraining(settings, dataset, DataFolder, runner).Run();
        return run;
    }

    private ProgressWatcher Watcher(string folder) => new(report, Path.GetFileName(folder) + " ");
}
