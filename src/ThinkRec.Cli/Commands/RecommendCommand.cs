using System.CommandLine;
using System.Globalization;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Data;
using ThinkRec.Models.Reasoning;
using ThinkRec.Text;
using ThinkRec.Torch;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Runs;

namespace ThinkRec.Cli.Commands;

/// <summary><c>recommend</c> and <c>score</c>: what a run says about one user.</summary>
/// <param name="ranks">True for <c>recommend</c>, false for <c>score</c>.</param>
internal sealed class RecommendCommand(bool ranks) : ICommand
{
    private readonly RunOptions _options = new();
    private readonly Option<string> _user = new("--user") { Description = "User id in the dataset.", Required = true, HelpName = "ID" };
    private readonly Option<string> _items = new("--items") { Description = "Item ids, separated by commas.", Required = true, HelpName = "A,B,C" };
    private readonly Option<int> _top = new("--top") { Description = "How many items.", DefaultValueFactory = _ => 5, HelpName = "K" };
    private readonly Option<bool> _explain = new("--explain") { Description = "Also says why." };

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        Command command = ranks
            ? new Command("recommend", "The best items that a user has not rated.") { _options.Run, _options.Data, _user, _top, _explain, _options.Device }
            : new Command("score", "Scores items for a user.") { _options.Run, _options.Data, _user, _items, _explain, _options.Device };
        application.Act(command, (call, report, cancellation) => Task.Run(() => Answer(call, report, cancellation), CancellationToken.None));
        return command;
    }

    private void Answer(ParseResult call, IConsoleReport report, CancellationToken cancellation)
    {
        if (ranks && call.GetValue(_top) is < 1 or > 10_000)
        {
            throw new UsageException($"--top is {call.GetValue(_top)}, expected 1 to 10000.");
        }

        Device device = _options.DeviceOf(call);
        (RunDirectory run, Dataset dataset) = _options.Open(call);
        using var recommender = new Recommender(run, dataset, device);
        UserState state = recommender.StateOf(call.GetRequiredValue(_user));
        ScoredItem[] scored = ranks
            ? recommender.Recommend(state, call.GetValue(_top), cancellation)
            : recommender.Score(state, recommender.ItemsOf(call.GetRequiredValue(_items).Split(',', StringSplitOptions.TrimEntries)), cancellation);
        Explanation[] reasons = call.GetValue(_explain) ? [.. scored.Select(s => recommender.Explain(state, s, cancellation))] : [];
        GateDecision? gate = recommender.Gate(state);
        UserView.Show(report, dataset, state, gate, scored, reasons);
        report.Document(new
        {
            User = call.GetRequiredValue(_user),
            Gate = gate is null ? null : new { Branch = gate.Branch.ToString(), gate.Weights, gate.Entropy },
            Items = scored.Select((s, i) => new
            {
                ItemId = dataset.Items[s.Item],
                dataset.ItemTexts[s.Item].Title,
                s.Score,
                s.Probability,
                Reason = reasons.Length > 0 ? reasons[i].Text : null,
                ReasonSource = reasons.Length > 0 ? reasons[i].Source.ToString() : null,
                ReasonProblems = reasons.Length > 0 ? reasons[i].Problems : null,
            }),
        });
    }
}

/// <summary>Shows a user's history, gate and items to a person.</summary>
internal static class UserView
{
    private const int HistoryShown = 10;
    private const int MaxTitle = 120;
    private const int MaxReason = 2000;

    internal static void Show(
        IConsoleReport report, Dataset dataset, UserState state, GateDecision? gate, ScoredItem[] scored, Explanation[] reasons)
    {
        report.Line($"User {dataset.Users[state.User]}, latest {Math.Min(HistoryShown, state.History.Length)} of the history:");
        foreach (int row in state.History.TakeLast(HistoryShown))
        {
            Interaction interaction = dataset.Interactions[row];
            ItemText text = dataset.ItemTexts[interaction.Item];
            report.Line($"  {(interaction.Label ? "liked   " : "disliked")} {Words(text)}");
        }

        report.Line(gate is null ? "Served by the global adapter." : $"Gate: {GateText(gate)}.");
        for (int i = 0; i < scored.Length; i++)
        {
            ItemText text = dataset.ItemTexts[scored[i].Item];
            report.Line($"  {i + 1}. {Words(text)}: {Number(scored[i].Probability)}");
            if (reasons.Length > 0)
            {
                report.Line($"     {UntrustedText.Clean(reasons[i].Text, MaxReason)} [{(reasons[i].Source == ReasonSource.Model ? "written by the model, checked" : "from the evidence; the model's own words failed a check")}]");
            }
        }
    }

    // Texts of others: what a reader can see of them, and not more than fits.
    private static string Words(ItemText text) =>
        $"{UntrustedText.Clean(text.Title, MaxTitle)} ({UntrustedText.Clean(string.Join(", ", text.Keywords.Take(MaxTitle)), MaxTitle)})";

    private static string GateText(GateDecision gate)
    {
        string weights = string.Join(", ", gate.Weights.Select((w, k) => $"group {k} {Number(w)}"));
        return gate.Branch switch
        {
            GateBranch.Single => $"the expert of group {gate.Strongest} alone ({weights})",
            GateBranch.Global => $"the global adapter ({weights})",
            _ => $"experts fused ({weights})",
        };
    }

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
