using System.CommandLine;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Data;
using ThinkRec.Files;
using ThinkRec.Models.Llm;
using ThinkRec.Models.Reasoning;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Runs;

namespace ThinkRec.Cli.Commands;

/// <summary><c>adapters export</c>: what serves one user, as one plain adapter.</summary>
internal sealed class AdaptersExportCommand : ICommand
{
    private readonly RunOptions _options = new();
    private readonly Option<string> _user = new("--user") { Description = "User id in the dataset; left out, the global adapter is written.", HelpName = "ID" };
    private readonly Option<DirectoryInfo> _out = new("--out") { Description = "Folder to write; new or empty.", Required = true, HelpName = "DIR" };

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        var command = new Command("export", "Write the experts as they are fused for a user as one adapter in peft's file layout.") { _options.Run, _options.Data, _user, _out };
        application.Act(command, (call, report, _) => Task.Run(() => Export(call, report), CancellationToken.None));
        return command;
    }

    private void Export(ParseResult call, IConsoleReport report)
    {
        string folder = call.GetRequiredValue(_out).FullName;
        AtomicFolder.Check(folder);
        (RunDirectory run, Dataset dataset) = _options.Open(call);
        using var recommender = new Recommender(run, dataset);
        string? user = call.GetValue(_user);
        GateDecision? decision = user is null ? null : recommender.Gate(recommender.StateOf(user));
        AdapterConfig config = recommender.SaveAdapter(decision, folder);
        string branch = decision is null or { Branch: GateBranch.Global } ? "the global adapter"
            : decision.Branch == GateBranch.Single ? $"the expert of group {decision.Strongest}" : "the fused experts";
        report.Line($"{(user is null ? "" : $"User {user}: ")}{branch}, rank {config.Lora.Rank}, on {string.Join(", ", config.Lora.TargetModules)}.");
        report.Line($"Written to {folder}. Prompts without vectors are served as by this tool; projected vectors are not part of an adapter.");
        report.Document(new { Folder = folder, User = user, Branch = decision?.Branch.ToString() ?? nameof(GateBranch.Global), decision?.Weights, config.Lora.Rank, config.Lora.TargetModules });
    }
}
