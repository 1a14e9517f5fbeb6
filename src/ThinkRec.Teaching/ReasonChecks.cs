using System.Text.RegularExpressions;
using ThinkRec.Data;

namespace ThinkRec.Teaching;

/// <summary>Checks that a reason is grounded: its answer, the titles it cites and how it calls them, the keywords it names.</summary>
/// <remarks>Titles of one word are looked for in the history only, because such words also occur in running text.</remarks>
public sealed partial class ReasonChecks
{
    private readonly Dataset _dataset;
    private readonly Histories _histories;
    private readonly int _historyLength;
    private readonly string[] _titles;
    private readonly HashSet<string> _keywords;

    /// <summary>Prepares the checks for a dataset.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="historyLength">How many of the last interactions may be cited.</param>
    public ReasonChecks(Dataset dataset, int historyLength = 10)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        (_dataset, _historyLength) = (dataset, historyLength);
        _histories = new Histories(dataset);
        _titles = [.. dataset.ItemTexts.Select(text => text.Title).Where(title => title.Contains(' ')).Distinct().OrderByDescending(title => title.Length)];
        _keywords = dataset.ItemTexts.SelectMany(text => text.Keywords).ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Names of the checks, in the order in which their problems are told.</summary>
    public static IReadOnlyList<string> Names { get; } = ["answer", "titles", "polarity", "keywords"];

    /// <summary>Checks one reason.</summary>
    /// <param name="row">The row that it explains.</param>
    /// <param name="reason">The text; it starts with <c>Yes.</c> or <c>No.</c></param>
    /// <returns>The checks passed, of <c>answer</c>, <c>titles</c>, <c>polarity</c>, <c>keywords</c>, and the problems.</returns>
    public ReasonVerdict Check(int row, string reason)
    {
        var target = _dataset.Interactions[row];
        return Check(_histories.Before(row, _historyLength, HistoryKind.Dual), target.Item, target.Label, reason);
    }

    /// <summary>Checks the reason for an answer that need not be a row of the dataset.</summary>
    /// <param name="rows">Row numbers of the history, oldest first; the last ones may be cited.</param>
    /// <param name="item">Dense index of the candidate.</param>
    /// <param name="isYes">The answer that the reason must give.</param>
    /// <param name="reason">The text; it starts with <c>Yes.</c> or <c>No.</c></param>
    /// <returns>The checks passed, and the problems.</returns>
    public ReasonVerdict Check(int[] rows, int item, bool isYes, string reason)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(reason);
        var passed = new List<string>();
        var problems = new List<string>();
        void Record(string name, string? problem)
        {
            if (problem is null)
            {
                passed.Add(name);
            }
            else
            {
                problems.Add(problem);
            }
        }

        int[] history = [.. rows.TakeLast(_historyLength)];
        var labels = HistoryLabels(history);
        var candidate = _dataset.ItemTexts[item];
        var (cited, rest) = FindTitles(reason, labels, candidate.Title);
        Record("answer", AnswerProblem(isYes, reason));
        Record("titles", cited.Select(title => title.Title).FirstOrDefault(title => !labels.ContainsKey(title)) is { } alien
            ? $"'{alien}' is not among the last {_historyLength} items of the history." : null);
        Record("polarity", PolarityProblem(reason, cited, labels));
        Record("keywords", KeywordProblem(history, rest, cited, candidate));
        return new ReasonVerdict(passed, problems);
    }

    private Dictionary<string, HashSet<bool>> HistoryLabels(int[] history) => history
        .Select(earlier => _dataset.Interactions[earlier])
        .GroupBy(earlier => _dataset.ItemTexts[earlier.Item].Title, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.Select(earlier => earlier.Label).ToHashSet(), StringComparer.Ordinal);

    private static string? AnswerProblem(bool isYes, string reason)
    {
        var answer = isYes ? "Yes." : "No.";
        return reason.StartsWith(answer, StringComparison.Ordinal) ? null : $"The answer is '{answer}' but the reason says otherwise.";
    }

    /// <summary>Finds titles, longest first, and blanks them out of the text so that no shorter title or keyword is seen inside.</summary>
    private (List<(int Place, string Title)> Cited, string Remainder) FindTitles(string reason, Dictionary<string, HashSet<bool>> labels, string candidate)
    {
        var cited = new List<(int Place, string Title)>();
        var rest = reason;
        var titles = labels.Keys.Where(title => title.Length > 0 && !title.Contains(' '));
        foreach (var title in _titles.Concat(titles))
        {
            for (var place = FindWord(rest, title, 0); place >= 0; place = FindWord(rest, title, place))
            {
                rest = string.Concat(rest.AsSpan(0, place), new string('#', title.Length), rest.AsSpan(place + title.Length));
                if (title != candidate || labels.ContainsKey(title))
                {
                    cited.Add((place, title));
                }
            }
        }
        return (cited, rest);
    }

    private static int FindWord(string text, string word, int start)
    {
        for (var place = text.IndexOf(word, start, StringComparison.Ordinal); place >= 0; place = text.IndexOf(word, place + 1, StringComparison.Ordinal))
        {
            var end = place + word.Length;
            if ((place == 0 || !char.IsLetterOrDigit(text[place - 1])) && (end == text.Length || !char.IsLetterOrDigit(text[end])))
            {
                return place;
            }
        }
        return -1;
    }

    private static string? PolarityProblem(string reason, List<(int Place, string Title)> cited, Dictionary<string, HashSet<bool>> labels)
    {
        foreach (var (place, title) in cited.Where(title => labels.ContainsKey(title.Title)))
        {
            var word = PolarityWord().Matches(reason[..place]).LastOrDefault();
            var isLiked = word is not null && !word.Groups["negative"].Success;
            if (word is not null && !labels[title].Contains(isLiked))
            {
                return $"'{title}' is called {word.Value}, but the history says the opposite.";
            }
        }
        return null;
    }

    private string? KeywordProblem(int[] history, string rest, List<(int Place, string Title)> cited, ItemText candidate)
    {
        var citedTitles = cited.Select(title => title.Title).ToHashSet(StringComparer.Ordinal);
        var allowed = history
            .Select(earlier => _dataset.ItemTexts[_dataset.Interactions[earlier].Item]).Where(text => citedTitles.Contains(text.Title))
            .Append(candidate).SelectMany(text => text.Keywords).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var alien = Word().Matches(rest).Select(word => word.Value).FirstOrDefault(word => _keywords.Contains(word) && !allowed.Contains(word));
        return alien is null ? null : $"Keyword '{alien}' belongs neither to the candidate nor to a cited item.";
    }

    [GeneratedRegex(@"\b(?:(?<negative>dislik(?:ed|es?)|hated?|rejected)|lik(?:ed|es)|enjoyed|loved)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex PolarityWord();

    [GeneratedRegex(@"[\p{L}\p{N}][\p{L}\p{N}'\-]*", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
