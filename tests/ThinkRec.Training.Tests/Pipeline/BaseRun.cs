using ThinkRec.Models.Reasoning;
using ThinkRec.TestKit;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Evaluation;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Runs;

namespace ThinkRec.Training.Tests.Pipeline;

/// <summary>A run whose language model and encoder other methods share, as the nano presets do; trained once.</summary>
public sealed class BaseRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public BaseRun() => TinyRun.Train(Folder, resume: false, null, CancellationToken.None);

    internal string Folder => _folder.File("base");

    public void Dispose() => _folder.Dispose();

    /// <summary>The settings of a method on the shared parts, as the command line would load them.</summary>
    internal ThinkRecConfig Config(string method, params string[] changes)
    {
        var plan = MethodPlan.Of(method);
        string path = Path.Combine(Folder, RunDirectory.ResolvedFile);
        string[] shared = method == Methods.ThinkRec ? ["prompt.item=\"\\n{title} ({keywords}){vector}:\""] : [.. plan.Defaults];
        return plan.Resolve(ConfigurationFile.Load<ThinkRecConfig>(path, [.. shared, $"llm.path={Path.Combine(Folder, "llm")}", $"encoder.run={Folder}", .. changes]));
    }

    /// <summary>Trains a method on the shared parts.</summary>
    internal RunDirectory Train(string method, string folder, ITrainingWatcher? watcher = null, bool resume = false, string? stage = null, CancellationToken? cancellation = null, params string[] changes)
    {
        TinyRun.Train(folder, resume, watcher, cancellation ?? TestContext.Current.CancellationToken, Config(method, changes), method: method, stage: stage);
        return RunDirectory.Open(folder, TinyRun.World);
    }

    /// <summary>Scores of the test split.</summary>
    internal static double[] Scores(RunDirectory run, bool withExperts = true, params string[] changes) =>
        [.. RunEvaluation.Score(
            run, TinyRun.World, RunEvaluation.RowsOf(TinyRun.World, Data.Split.Test), withExperts, changes: changes, cancellation: TestContext.Current.CancellationToken).Select(row => row.Score)];

    /// <summary>The prompt that a run shows for a user with likes and dislikes.</summary>
    internal static (string Text, Text.PromptVector[] Vectors) Prompt(RunDirectory run)
    {
        using ReasoningModel model = ThinkRecRun.Load(run, TinyRun.World, ThinkRecRun.Config(run));
        UserState state = MixedUser();
        Text.EncodedPrompt prompt = model.Prompts.Encode(state, 3, model.UsesVectors);
        return (model.Prompts.Tokenizer.Decode(prompt.TokenIds), prompt.Vectors);
    }

    /// <summary>A user with both labels among the last three rows.</summary>
    internal static UserState MixedUser() => TinyRun.World.RowsOf(Data.Split.Train).GroupBy(row => TinyRun.World.Interactions[row].User)
        .Select(rows => new UserState(rows.Key, [.. rows.TakeLast(3)]))
        .First(state => state.History.Select(row => TinyRun.World.Interactions[row].Label).Distinct().Count() == 2);
}
