using System.CommandLine;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Data;
using ThinkRec.Teaching;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Runs;

namespace ThinkRec.Cli.Commands;

/// <summary>The options that say which training rows a teacher is asked about.</summary>
internal sealed class TeacherRowOptions
{
    private const string Uniform = "uniform";
    private const string Balanced = "balanced";
    private const string Mispredicted = "mispredicted";
    private const string PerGroup = "per-group";

    private readonly Option<string> _rows = new("--rows")
    {
        Description = $"{Uniform}: any training row with enough history; {Balanced}: rows whose history is full and half likes, half dislikes; {Mispredicted}: rows that --predictions "
            + $"are wrong about; {PerGroup}: as many of each user group of --run.",
        DefaultValueFactory = _ => Uniform,
        HelpName = $"{Uniform}|{Balanced}|{Mispredicted}|{PerGroup}",
    };

    private readonly Option<FileInfo> _predictions = new Option<FileInfo>("--predictions")
    {
        Description = $"Predictions for training rows, as 'evaluate --split train --predictions FILE' writes them (--rows {Mispredicted}).",
        HelpName = "FILE",
    }.AcceptExistingOnly();

    private readonly Option<double> _threshold = new("--threshold")
    {
        Description = "Scores above mean a like (default: 0, as in log-odds; name 0.5 for probabilities).",
        HelpName = "X",
    };

    private readonly Option<DirectoryInfo> _run = new Option<DirectoryInfo>("--run")
    {
        Description = $"Run of thinkrec with user groups (--rows {PerGroup}).",
        HelpName = "DIR",
    }.AcceptExistingOnly();

    /// <summary>All of them.</summary>
    public IEnumerable<Option> Options
    {
        get
        {
            _rows.AcceptOnlyFromAmong(Uniform, Balanced, Mispredicted, PerGroup);
            return [_rows, _predictions, _threshold, _run];
        }
    }

    /// <summary>Which rows of those there are.</summary>
    /// <exception cref="UsageException">Options do not belong together.</exception>
    public RowChoice ChoiceOf(ParseResult call)
    {
        string rows = call.GetRequiredValue(_rows);
        Require(call, _predictions, Mispredicted, rows, isNeeded: true);
        Require(call, _threshold, Mispredicted, rows, isNeeded: false);
        Require(call, _run, PerGroup, rows, isNeeded: true);
        return rows == Balanced ? RowChoice.Balanced : RowChoice.Uniform;
    }

    /// <summary>The rows there are, in pools that take turns; null for all training rows.</summary>
    /// <param name="call">The call.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="report">Told what was found.</param>
    public IReadOnlyList<IReadOnlyList<int>>? PoolsOf(ParseResult call, Dataset dataset, IConsoleReport report)
    {
        if (call.GetValue(_predictions) is { } file)
        {
            MispredictedRows found = TeacherRows.Mispredicted(dataset, file.FullName, call.GetResult(_threshold) is { Implicit: false } ? call.GetValue(_threshold) : null);
            report.Line($"{file.Name} is wrong about {found.Rows.Length} of {found.Scored} training rows"
                + (found.Unknown + found.Ambiguous == 0 ? "." : $"; left out: {found.Unknown} of its rows are no training row, {found.Ambiguous} could be one of several."));
            return [found.Rows];
        }

        if (call.GetValue(_run) is not { } run)
        {
            return null;
        }

        int[][] groups = TeacherRows.PerGroup(RunDirectory.Open(run.FullName, dataset), dataset);
        report.Line($"Training rows of the user groups: {string.Join(", ", groups.Select(rows => rows.Length))}.");
        return groups;
    }

    private static void Require(ParseResult call, Option option, string choice, string rows, bool isNeeded)
    {
        bool isGiven = call.GetResult(option) is { Implicit: false };
        if (isGiven && rows != choice)
        {
            throw new UsageException($"{option.Name} has no meaning with --rows {rows}. Add --rows {choice}, or leave {option.Name} out.");
        }

        if (isNeeded && !isGiven && rows == choice)
        {
            throw new UsageException($"--rows {choice} needs {option.Name} {option.HelpName}.");
        }
    }
}
