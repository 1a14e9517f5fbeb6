using System.CommandLine;
using System.Globalization;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Data;
using ThinkRec.Data.Preparation;

namespace ThinkRec.Cli.Commands;

/// <summary>The options of <c>data prepare</c> that are about raw files, and which of them have a meaning for which dataset.</summary>
internal sealed class RawDatasetCall
{
    private const string MovieLens1MName = "ml-1m";
    private const string Iterative = "iterative";
    private const string Temporal = "temporal";
    private const string Ratio = "ratio";
    private const string LeaveOneOut = "leave-one-out";
    private static readonly string[] OwnLogs = ["csv", "tsv", "jsonl"];

    private readonly Option<FileSystemInfo> _raw = new Option<FileSystemInfo>("--raw")
    {
        Description = "Folder of the raw files; for csv, tsv and jsonl also the log itself.",
        HelpName = "DIR",
    }.AcceptExistingOnly();

    private readonly Option<FileInfo> _texts = new Option<FileInfo>("--texts")
    {
        Description = "Texts about the movies, a .jsonl or .jsonl.gz file (ml-1m, ml-100k, ml-latest).",
        HelpName = "FILE",
    }.AcceptExistingOnly();

    private readonly Option<int> _maxBad = Of<int>("--max-bad", "N", "Malformed lines that are left out before it is an error (default 0).");
    private readonly Option<int> _testMonths = Of<int>("--test-months", "N", "Make the last N months of the validation window the test split, to try things on without the paper's (ml-1m; default 0).");
    private readonly Option<bool> _dropEarlier = new("--drop-earlier") { Description = "Leave ratings from before the paper's windows out altogether; else they are kept beside the rows, in no split and no history (ml-1m)." };
    private readonly Option<string> _preset = Of<string>("--preset", "NAME", $"The paper's windows, threshold, filters and splits (yelp: paper; amazon: {string.Join(", ", AmazonPresets.Names)}).");
    private readonly Option<string> _category = Of<string>("--category", "NAME", "The files' category, such as Gift_Cards (amazon; by default the only one there).");
    private readonly Option<string> _log = Of<string>("--log", "FILE", "The log inside the raw folder (csv, tsv, jsonl, recbole).");
    private readonly Option<string> _itemFile = Of<string>("--item-file", "FILE", "A file about items, beside the log or elsewhere (csv, tsv, jsonl, recbole).");
    private readonly Option<string> _delimiter = Of<string>("--delimiter", "TEXT", "What parts the fields, such as ; or :: or | (csv, tsv; by default , and tab, by the files' names).");
    private readonly Option<string[]> _map = Several("--map", "ROLE=NAME", $"Which field of the log says what: {string.Join(", ", ColumnMap.LogRoles)} (csv, tsv, jsonl, recbole).");
    private readonly Option<string[]> _itemMap = Several("--item-map", "ROLE=NAME", $"Which field of the item file says what: {string.Join(", ", ColumnMap.ItemRoles)} (csv, tsv, jsonl, recbole).");
    private readonly Option<double> _positiveFrom = Of<double>("--positive-from", "RATING", "Ratings from here on are likes.");
    private readonly Option<bool> _allLikes = new("--all-likes") { Description = "Every row is a like, as in logs of purchases or visits; ratings and labels are not looked at (csv, tsv, jsonl, recbole)." };
    private readonly Option<bool> _fileOrder = new("--file-order") { Description = "The order of the rows stands in for times, for logs without them (csv, tsv, jsonl, recbole)." };
    private readonly Option<string> _split = Of<string>("--split", "RULE", $"{Temporal} (all rows in time order), {Ratio} (each user's rows in time order) or {LeaveOneOut}; replaces a preset's windows.");
    private readonly Option<string> _shares = Of<string>("--shares", "A,B,C", "Shares of training, validation and test (--split temporal or ratio; default 80,10,10).");
    private readonly Option<string[]> _kCore = Several("--k-core", "N [iterative]", "Leave users and items with fewer than N rows out, once, or until all that are left have so many; 0 for no filter.");
    private readonly Option<string> _repeats = Of<string>("--repeats", "keep|drop", "Rows that repeat user, item and time of another (default drop; keep with ml-1m and presets).");
    private readonly Option<bool> _keepUndescribed = new("--keep-undescribed") { Description = "Keep rows of items that no text describes; their id becomes the title." };
    private readonly Option<string> _name = Of<string>("--name", "NAME", "Name of the prepared dataset.");
    private readonly Option<string> _noun = Of<string>("--noun", "ONE,SEVERAL", "What an item is called in prompts, such as film,films.");

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> Options =>
    [
        _raw, _texts, _maxBad, _testMonths, _dropEarlier, _preset, _category, _log, _itemFile, _delimiter, _map, _itemMap, _positiveFrom, _allLikes, _fileOrder, _split, _shares, _kCore, _repeats,
        _keepUndescribed, _name, _noun,
    ];

    /// <summary>Those that have no meaning for a dataset.</summary>
    public IEnumerable<Option> Meaningless(string dataset)
    {
        Option[] own = dataset switch
        {
            MovieLens1MName => [_texts, _testMonths, _dropEarlier],
            "ml-100k" => [_texts],
            "ml-latest" => [_texts, _keepUndescribed],
            "yelp" => [_preset, _keepUndescribed],
            "amazon" => [_preset, _category, _keepUndescribed],
            "csv" or "tsv" => [_log, _itemFile, _delimiter, _map, _itemMap, _keepUndescribed, _allLikes, _fileOrder],
            _ => [_log, _itemFile, _map, _itemMap, _keepUndescribed, _allLikes, _fileOrder],
        };
        Option[] special = [_texts, _testMonths, _dropEarlier, _preset, _category, _log, _itemFile, _delimiter, _map, _itemMap, _keepUndescribed, _allLikes, _fileOrder];
        return special.Except(own);
    }

    /// <summary>Reads the options of a call.</summary>
    /// <exception cref="UsageException">One is not as it should be.</exception>
    public RawDatasetOptions Read(ParseResult call, string dataset)
    {
        string raw = call.GetValue(_raw)?.FullName ?? throw new UsageException($"{dataset} is made from raw files; name their folder with --raw DIR.");
        if (OwnLogs.Contains(dataset) && call.GetValue(_itemMap) is not null and not [] && call.GetValue(_itemFile) is null)
        {
            throw new UsageException("--item-map is about the fields of an item file; name it with --item-file FILE.");
        }

        Refuse(call, _allLikes, _positiveFrom, "rating", "label");
        Refuse(call, _fileOrder, null, "time");
        var (minRows, isIterative) = KCore(call);
        return new RawDatasetOptions
        {
            Raw = raw,
            Log = call.GetValue(_log),
            ItemFile = call.GetValue(_itemFile),
            Delimiter = Delimiter(call),
            Map = Map(call, _map, ColumnMap.LogRoles),
            ItemMap = Map(call, _itemMap, ColumnMap.ItemRoles),
            Texts = call.GetValue(_texts)?.FullName,
            Category = call.GetValue(_category) is { } category ? Word(_category, category) : null,
            Preset = call.GetValue(_preset),
            MaxBad = AtLeastZero(call, _maxBad),
            TestMonths = TestMonths(call),
            DropEarlier = call.GetValue(_dropEarlier),
            Split = Split(call),
            MinRows = minRows,
            IsKCoreIterative = isIterative,
            PositiveFrom = PositiveFrom(call),
            AllLikes = call.GetValue(_allLikes),
            FileOrder = call.GetValue(_fileOrder),
            DropRepeats = DropRepeats(call),
            KeepUndescribed = call.GetValue(_keepUndescribed),
            Name = call.GetValue(_name) is { } name ? Word(_name, name) : null,
            Noun = Noun(call),
        };
    }

    private static Option<T> Of<T>(string name, string help, string description) => new(name) { Description = description, HelpName = help };

    private static Option<string[]> Several(string name, string help, string description) =>
        new(name) { Description = description, HelpName = help, AllowMultipleArgumentsPerToken = true };

    private static bool IsGiven(ParseResult call, Option option) => call.GetResult(option) is { Implicit: false };

    private static int AtLeastZero(ParseResult call, Option<int> option) => call.GetValue(option) is >= 0 and var count
        ? count
        : throw new UsageException($"{option.Name} must be 0 or more but is {call.GetValue(option)}.");

    private static string Word(Option option, string text) => text.Length > 0 && text[0] != '.' && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
        ? text
        : throw new UsageException($"{option.Name} must be made of letters, digits, '.', '_' and '-', and not begin with '.', but is '{text}'.");

    private static ColumnMap Map(ParseResult call, Option<string[]> option, IReadOnlyList<string> roles)
    {
        try
        {
            return ColumnMap.Parse(call.GetValue(option) ?? [], roles);
        }
        catch (ArgumentException error)
        {
            throw new UsageException($"{option.Name}: {error.Message}");
        }
    }

    private void Refuse(ParseResult call, Option<bool> option, Option? other, params string[] roles)
    {
        string? contradiction = !call.GetValue(option) ? null
            : other is not null && IsGiven(call, other) ? other.Name
            : (call.GetValue(_map) ?? []).FirstOrDefault(pair => roles.Contains(pair.Split('=')[0])) is { } pair ? $"--map {pair}"
            : null;
        if (contradiction is not null)
        {
            throw new UsageException($"{option.Name} and {contradiction} contradict each other; leave one of them out.");
        }
    }

    private string? Delimiter(ParseResult call) => call.GetValue(_delimiter) switch
    {
        null => null,
        "\\t" => "\t",
        { Length: >= 1 and <= 4 } text when !text.Any(c => char.IsLetterOrDigit(c) || char.IsSurrogate(c) || c is '"' or '\r' or '\n' or '\0') => text,
        var other => throw new UsageException($"--delimiter must be one to four characters without letters, digits and quotes, such as ; or :: or \\t, but is '{other}'."),
    };

    private int TestMonths(ParseResult call)
    {
        if (call.GetValue(_testMonths) is not (>= 0 and <= MovieLensOptions.MaxTestMonths and var count))
        {
            throw new UsageException($"--test-months must be 0 to {MovieLensOptions.MaxTestMonths} but is {call.GetValue(_testMonths)}.");
        }

        return count > 0 && IsGiven(call, _split)
            ? throw new UsageException("--test-months is about the paper's windows, which --split replaces; leave one of them out.")
            : count;
    }

    private SplitRule? Split(ParseResult call)
    {
        bool hasShares = IsGiven(call, _shares);
        return call.GetValue(_split) switch
        {
            null when hasShares => throw new UsageException($"--shares needs --split {Temporal} or --split {Ratio}."),
            null => null,
            Temporal => new TemporalSplit(Shares(call)),
            Ratio => new RatioSplit(Shares(call)),
            LeaveOneOut when hasShares => throw new UsageException($"--shares has no meaning with --split {LeaveOneOut}; leave it out."),
            LeaveOneOut => new LeaveOneOutSplit(),
            var other => throw new UsageException($"--split must be {Temporal}, {Ratio} or {LeaveOneOut} but is '{other}'."),
        };
    }

    private SplitShares Shares(ParseResult call)
    {
        if (call.GetValue(_shares) is not { } text)
        {
            return SplitShares.Default;
        }

        double[] parts = [.. text.Split(',').Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : double.NaN)];
        double sum = parts.Sum();
        var shares = parts.Length == 3 ? new SplitShares(parts[0] / sum, parts[1] / sum, parts[2] / sum) : default;
        return shares.IsWhole ? shares : throw new UsageException($"--shares must be three numbers, the first above 0 and none below, such as 80,10,10, but is '{text}'.");
    }

    private (int? MinRows, bool IsIterative) KCore(ParseResult call)
    {
        string[] words = call.GetValue(_kCore) ?? [];
        string[] numbers = [.. words.Where(word => word != Iterative)];
        int number = 0;
        return numbers.Length <= 1 && words.Length - numbers.Length <= 1 && numbers.All(word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out number))
            ? (numbers.Length == 1 ? number : null, words.Contains(Iterative))
            : throw new UsageException($"--k-core must be a whole number, with the word {Iterative} after it or without, but is '{string.Join(' ', words)}'.");
    }

    private double? PositiveFrom(ParseResult call) => !IsGiven(call, _positiveFrom) ? null
        : double.IsFinite(call.GetValue(_positiveFrom)) ? call.GetValue(_positiveFrom)
        : throw new UsageException("--positive-from must be a finite number.");

    private bool? DropRepeats(ParseResult call) => call.GetValue(_repeats) switch
    {
        null => null,
        "drop" => true,
        "keep" => false,
        var other => throw new UsageException($"--repeats must be keep or drop but is '{other}'."),
    };

    private (string One, string Several)? Noun(ParseResult call) => call.GetValue(_noun)?.Split(',') switch
    {
        null => null,
        [{ Length: > 0 } one, { Length: > 0 } several] => (one.Trim(), several.Trim()),
        _ => throw new UsageException($"--noun must be what one item and several are called, such as film,films, but is '{call.GetValue(_noun)}'."),
    };
}
