using System.Text.RegularExpressions;
using ThinkRec.Data;

namespace ThinkRec.Teaching;

/// <summary>Checks a whole file of reasons, whoever wrote it: those of <see cref="ReasonChecks"/>, length, letters, leaks and repetitions.</summary>
public sealed partial class ReasonAudit
{
    private readonly ReasonAuditOptions _options;
    private readonly ReasonChecks _checks;
    private readonly Dataset _dataset;

    /// <summary>Prepares the checks.</summary>
    /// <param name="dataset">The dataset that the reasons are for.</param>
    /// <param name="options">What they are held to.</param>
    /// <exception cref="ArgumentException">A bound is out of range.</exception>
    public ReasonAudit(Dataset dataset, ReasonAuditOptions options)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(options);
        if (options.MinWords < 0 || options.MaxWords < Math.Max(1, options.MinWords) || options.HistoryLength < 1)
        {
            throw new ArgumentException($"Words must be 0 to N with N at least 1, and the history at least 1, but they are {options.MinWords} to {options.MaxWords}, and {options.HistoryLength}.");
        }
        (_dataset, _options) = (dataset, options);
        _checks = new ReasonChecks(dataset, options.HistoryLength);
    }

    /// <summary>Names of the checks: of the line, of the single reason, and of the reason among the others.</summary>
    public static IReadOnlyList<string> Checks { get; } =
        ["line", "answer", "titles", "polarity", "keywords", "length", "leak", "letters", "duplicate", "split"];

    /// <summary>Checks every line.</summary>
    /// <param name="lines">The lines of a file, as <see cref="ReasonFile.Scan"/> gives them.</param>
    /// <returns>Problems, and the reasons without any.</returns>
    public ReasonAuditReport Run(IReadOnlyList<ReasonLine> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        ReasonLine[] whole = [.. lines.Where(line => line.Reason is not null)];
        int[] rows = ReasonFile.RowsOf(_dataset, [.. whole.Select(line => line.Reason!)]);
        var usual = whole.Select(line => LetterScript.Of(line.Reason!.Reason)).Where(script => script is not null)
            .GroupBy(script => script, StringComparer.Ordinal).MaxBy(group => group.Count())?.Key;
        var texts = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        var findings = new List<ReasonFinding>();
        var clean = new List<ReasonRow>();
        findings.AddRange(lines.Where(line => line.Problem is not null).Select(line => new ReasonFinding(line.Line, "line", line.Problem!)));
        foreach (var (line, row) in whole.Zip(rows))
        {
            ReasonFinding[] found = [.. Grounding(line, row), .. Wording(line, usual), .. Repetition(line, texts), .. OfSplit(line, row)];
            findings.AddRange(found);
            if (found.Length == 0)
            {
                clean.Add(line.Reason! with { Checks = Checks });
            }
        }
        return new ReasonAuditReport(lines.Count, [.. findings.OrderBy(finding => finding.Line)], clean);
    }

    private static string WithoutAnswer(ReasonRow reason) => reason.Reason[(reason.Answer.Length + 1)..].Trim();

    private IEnumerable<ReasonFinding> Grounding(ReasonLine line, int row)
    {
        var verdict = _checks.Check(row, line.Reason!.Reason);
        return ReasonChecks.Names.Except(verdict.Passed).Zip(verdict.Problems).Select(problem => new ReasonFinding(line.Line, problem.First, problem.Second));
    }

    private IEnumerable<ReasonFinding> Wording(ReasonLine line, string? usual)
    {
        var text = WithoutAnswer(line.Reason!);
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        if (words < _options.MinWords || words > _options.MaxWords)
        {
            yield return new ReasonFinding(line.Line, "length", $"It has {words} words after the answer; {_options.MinWords} to {_options.MaxWords} are allowed.");
        }
        if (Leak().Match(text) is { Success: true } leak)
        {
            yield return new ReasonFinding(line.Line, "leak", $"'{leak.Value}' speaks of the question or of a hint, which a reader of the reason never saw.");
        }
        if (usual is not null && LetterScript.Of(text) is var script && script != usual && text.Any(char.IsLetter))
        {
            yield return new ReasonFinding(line.Line, "letters", $"It is written in {script ?? "mixed"} letters, but most reasons in {usual} ones.");
        }
    }

    private static IEnumerable<ReasonFinding> Repetition(ReasonLine line, Dictionary<string, int> texts)
    {
        var text = string.Join(' ', line.Reason!.Reason.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return texts.TryAdd(text, line.Line) ? [] : [new ReasonFinding(line.Line, "duplicate", $"It is the text of line {texts[text]} again.")];
    }

    /// <summary>Reasons are for training rows: one for a row of another split would show its label.</summary>
    private IEnumerable<ReasonFinding> OfSplit(ReasonLine line, int row) => _dataset.Interactions[row].Split == Split.Train
        ? []
        : [new ReasonFinding(line.Line, "split", $"Its interaction is in the {_dataset.Interactions[row].Split} split; a model that trains on it has seen the label.")];

    [GeneratedRegex("""
        \b(?:(?:your|this|that)\s+hint\b|(?:given|from|by|to|with|using|following)\s+the\s+hint\b(?!\s+(?:of|at|that))
        |(?:correct|right|true|actual|expected|given|real)\s+(?:answer|label)s?\b
        |ground\s+truth\b
        |you\s+(?:have\s+)?(?:just\s+)?(?:told|said|mentioned|corrected|hinted)\b
        |(?:I|we)\s+(?:was|were|have\s+been|am)\s+(?:just\s+)?(?:told|wrong|mistaken|informed)\b
        |(?:my|our|the)\s+(?:earlier|previous|first|initial|last)\s+(?:answer|analysis|prediction|guess|response|vote)\b
        |re-?analy[sz]\w*
        |reconsider\w*\s+(?:my|the)\s+(?:answer|analysis|list|prediction)\b
        |supposed\s+to\s+(?:be|say|answer)\s+["'“]?(?:yes|no)\b
        |as\s+an?\s+(?:AI|(?:large\s+)?language\s+model|assistant)\b
        |(?:the|this|your)\s+(?:prompt|instructions?|question|message)\b(?=\s+(?:says?|said|asks?|asked|states?|tells?|told|gives?|gave)))
        """, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Leak();
}
