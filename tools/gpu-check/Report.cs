using ThinkRec.Files;

namespace ThinkRec.GpuCheck;

/// <summary>Compares what the steps left in a folder, and writes report.md and report.json there.</summary>
internal static class Report
{
    private const int Incomplete = 3;

    /// <summary>Writes the report and prints it.</summary>
    /// <param name="folder">The check's folder.</param>
    /// <param name="output">Where to print.</param>
    /// <returns>0 when everything passed, 1 when a check failed, 3 when none failed but some were not run.</returns>
    internal static int Print(string folder, TextWriter output)
    {
        StepStatus[] steps = [.. Lines(folder, "steps.tsv").Select(line => new StepStatus(line[0], line[1], line[2]))];
        ParityResults? ours = ResultFile.Read<ParityResults>(Path.Combine(folder, ParityPass.FileName));
        ParityResults? theirs = ResultFile.Read<ParityResults>(Path.Combine(folder, ParityChecks.TheirFile));
        var speed = new SpeedTable(
            ResultFile.Read<SpeedResults>(Path.Combine(folder, SpeedPass.FileName)), ResultFile.Read<SpeedResults>(Path.Combine(folder, SpeedTable.TheirFile)));
        Check[] checks =
        [
            .. steps.Select(step => step.ToCheck()),
            .. ParityChecks.Of(ours, theirs, Missing(steps, ours is null ? "our logits" : "their logits")),
            .. speed.Checks(Missing(steps, "our speed"), Missing(steps, "their speed")),
        ];
        var document = new ReportDocument
        {
            Machine = Lines(folder, "machine.tsv").ToDictionary(line => line[0], line => line[1]),
            DeviceMemoryMiB = Lines(folder, "memory.tsv").ToDictionary(line => line[0], line => line[1]),
            Versions = new Dictionary<string, SortedDictionary<string, string>> { ["ours"] = ours?.Versions ?? [], ["theirs"] = theirs?.Versions ?? [] },
            Passed = checks.Count(c => c.State == CheckState.Passed),
            Failed = checks.Count(c => c.State == CheckState.Failed),
            NotRun = checks.Count(c => c.State == CheckState.NotRun),
            Checks = checks,
            Speed = speed,
            Rows = [.. speed.Rows],
        };
        ResultFile.Write(Path.Combine(folder, "report.json"), document);
        string text = ReportText.Of(document);
        AtomicFile.WriteAllText(Path.Combine(folder, "report.md"), text);
        output.Write(text);
        return document.Failed > 0 ? 1 : document.NotRun > 0 ? Incomplete : 0;
    }

    /// <summary>Why a step left no results.</summary>
    private static string Missing(StepStatus[] steps, string name) =>
        steps.FirstOrDefault(step => step.Name == name)?.Why ?? "the step was never started";

    private static IEnumerable<string[]> Lines(string folder, string file)
    {
        string path = Path.Combine(folder, file);
        return File.Exists(path) ? File.ReadLines(path).Select(line => (line + "\t\t").Split('\t')) : [];
    }

    /// <summary>A line of steps.tsv, which run.sh writes.</summary>
    /// <param name="Name">What the step was to make.</param>
    /// <param name="Status">Its exit status, or - when it was left out.</param>
    /// <param name="Note">Why it was left out, or the end of what it said.</param>
    private sealed record StepStatus(string Name, string Status, string Note)
    {
        internal string Why => Status == "-" ? Note : $"the step '{Name}' ended with status {Status}: {Note}";

        internal Check ToCheck() => Status switch
        {
            "0" => new Check("steps", Name, "", CheckState.Passed, Note),
            "-" => Check.Without("steps", Name, "", Note),
            _ => Check.Broken("steps", Name, "", $"status {Status}: {Note}"),
        };
    }
}
