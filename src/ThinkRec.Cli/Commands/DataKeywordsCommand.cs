using System.CommandLine;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Data;
using ThinkRec.Data.Keywords;
using ThinkRec.Teaching;

namespace ThinkRec.Cli.Commands;

/// <summary><c>data keywords</c>: gives the items of a prepared dataset keywords.</summary>
internal sealed class DataKeywordsCommand : ICommand
{
    private const int MaxWords = 50;

    private readonly Argument<DirectoryInfo> _folder = new("DIR") { Description = "Folder of a prepared dataset." };
    private readonly Option<DirectoryInfo> _out = new("--out") { Description = "Folder to write; new, empty, or holding a prepared dataset, which is replaced.", HelpName = "DIR" };
    private readonly Option<bool> _replace = new("--replace") { Description = "Write over the dataset in DIR, all or nothing; other files there stay." };
    private readonly Option<int> _max = new("--max") { Description = "Keywords of an item at most.", DefaultValueFactory = _ => 10, HelpName = "N" };
    private readonly Option<bool> _merge = new("--merge") { Description = "Put new keywords behind those that items have (otherwise only items without any get some)." };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Put new keywords in the place of those that items have." };
    private readonly KeywordSourceOptions _source = new();

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        var command = new Command("keywords", "Give items keywords: from the texts of the catalogue, from a language model behind an endpoint, or from a file.")
        {
            _folder, _out, _replace, _max, _merge, _overwrite,
        };
        _source.AddTo(command);
        application.Act(command, RunAsync);
        return command;
    }

    private async Task RunAsync(ParseResult call, IConsoleReport report, CancellationToken cancellation)
    {
        string folder = Path.TrimEndingDirectorySeparator(call.GetRequiredValue(_folder).FullName);
        KeywordPolicy policy = PolicyOf(call);
        int max = call.GetValue(_max) is >= 1 and <= MaxWords and var value ? value : throw new UsageException($"--max is {call.GetValue(_max)}, expected 1 to {MaxWords}.");
        Func<Dataset, KeywordPolicy, Task<KeywordSupply>> source = _source.Read(call, folder, max, report, cancellation);
        string? target = TargetOf(call, folder);
        Dataset before = await Task.Run(() => Dataset.Load(folder), cancellation).WaitAsync(cancellation);
        bool hasReasons = File.Exists(Path.Combine(folder, ReasonFile.FileName));
        CheckTarget(target ?? folder, isInPlace: target is null, losesReasons: hasReasons && policy == KeywordPolicy.Overwrite);

        KeywordSupply supply = await source(before, policy);
        (Dataset after, IReadOnlyList<int> changed) = KeywordAssignment.Apply(before, supply.Keywords, policy, max, supply.Origin);

        // Not left alone when interrupted: the folder is written whole or not at all.
        bool isWritten = target is not null || changed.Count > 0;
        if (target is not null)
        {
            after.Save(target);
        }
        else if (isWritten)
        {
            after.SaveInPlace(folder);
        }

        Show(report, after, changed, supply, policy, isWritten ? target ?? folder : null);
        if (hasReasons && target is not null)
        {
            report.Line(policy == KeywordPolicy.Overwrite
                ? $"{ReasonFile.FileName} of {folder} was not copied: it may name keywords that are gone."
                : $"{ReasonFile.FileName} of {folder} was not copied: copy it, or name it with thinking.reasons when training.");
        }
    }

    private KeywordPolicy PolicyOf(ParseResult call) => (call.GetValue(_merge), call.GetValue(_overwrite)) switch
    {
        (true, true) => throw new UsageException("--merge and --overwrite: keywords that are there stay or go. Leave one of the two out."),
        (true, false) => KeywordPolicy.Merge,
        (false, true) => KeywordPolicy.Overwrite,
        _ => KeywordPolicy.Fill,
    };

    /// <summary>The folder to write; null for the dataset's own.</summary>
    private string? TargetOf(ParseResult call, string folder)
    {
        string? target = call.GetValue(_out)?.FullName is { } path ? Path.TrimEndingDirectorySeparator(path) : null;
        return (target is null) != call.GetValue(_replace) ? throw new UsageException("Say where the result goes: --out DIR for another folder, or --replace to write over the dataset itself.")
            : target == folder ? throw new UsageException("--out is the dataset itself. Say so with --replace, or name another folder.")
            : target;
    }

    private static void CheckTarget(string target, bool isInPlace, bool losesReasons)
    {
        if (!isInPlace)
        {
            Dataset.CheckFolder(target);
            return;
        }

        if (losesReasons)
        {
            throw new IOException($"{Path.Combine(target, ReasonFile.FileName)} may name keywords that --overwrite takes away. Move it away, or write to another folder with --out.");
        }

        Dataset.OtherFiles(target); // throws where it could not be written over
    }

    private static void Show(IConsoleReport report, Dataset dataset, IReadOnlyList<int> changed, KeywordSupply supply, KeywordPolicy policy, string? written)
    {
        KeywordReport counts = KeywordReport.Of(dataset, changed);
        report.Line(FormattableString.Invariant($"{dataset.Name}: {counts.Items} items, {changed.Count} got keywords; ")
            + FormattableString.Invariant($"{counts.WithKeywords} have some, {counts.WithFive} five or more, {counts.MeanPerItem:0.00} on average."));
        report.Line(FormattableString.Invariant($"{counts.Distinct} different keywords, {counts.Shared} of them of two items or more."));
        foreach (string line in supply.Lines)
        {
            report.Line(TerminalText.OneLine(line));
        }

        report.Line("Most frequent: " + TerminalText.OneLine(string.Join(", ", counts.MostFrequent.Select(entry => $"{entry.Key} ({entry.Value})"))));
        foreach ((string id, IReadOnlyList<string> words) in counts.Examples)
        {
            report.Line("  " + TerminalText.OneLine($"{id} {dataset.ItemTexts[dataset.Items.Find(id)!.Value].Title}: {string.Join(", ", words)}"));
        }

        if (changed.Count == 0 && policy == KeywordPolicy.Fill && counts.WithKeywords == counts.Items)
        {
            report.Line("Every item had keywords already. --merge puts new ones behind them, --overwrite in their place.");
        }

        report.Line(written is null ? "Nothing changed, and nothing was written." : $"Written to {written}.");
        report.Document(new
        {
            Folder = written,
            dataset.Name,
            supply.Origin,
            Policy = policy.ToString().ToLowerInvariant(),
            Changed = changed.Count,
            counts.Items,
            counts.WithKeywords,
            counts.WithFive,
            counts.MeanPerItem,
            counts.Distinct,
            counts.Shared,
            MostFrequent = counts.MostFrequent.Select(entry => new { Keyword = entry.Key, Items = entry.Value }),
            Examples = counts.Examples.Select(entry => new { Item = entry.Key, Keywords = entry.Value }),
            UnknownItems = supply.Unknown,
            Model = supply.Asked is { } asked ? new { asked.Texts, asked.Found, asked.GivenUp, asked.Refused, asked.Cost } : null,
        });
    }
}
