using System.Globalization;
using System.Text;

namespace ThinkRec.GpuCheck;

/// <summary>All that a report says.</summary>
internal sealed record ReportDocument
{
    /// <summary>What run.sh knows of the machine.</summary>
    public required IReadOnlyDictionary<string, string> Machine { get; init; }

    /// <summary>Peak memory of the device above what was in use before, by side, in MiB; empty without a GPU.</summary>
    public required IReadOnlyDictionary<string, string> DeviceMemoryMiB { get; init; }

    /// <summary>Versions by side.</summary>
    public required IReadOnlyDictionary<string, SortedDictionary<string, string>> Versions { get; init; }

    /// <summary>Checks that passed.</summary>
    public required int Passed { get; init; }

    /// <summary>Checks that failed.</summary>
    public required int Failed { get; init; }

    /// <summary>Checks that could not be run.</summary>
    public required int NotRun { get; init; }

    /// <summary>Every check.</summary>
    public required IReadOnlyList<Check> Checks { get; init; }

    /// <summary>What both sides measured.</summary>
    public required SpeedTable Speed { get; init; }

    /// <summary>Speed beside each other.</summary>
    public required IReadOnlyList<SpeedRow> Rows { get; init; }
}

/// <summary>Writes a report for people.</summary>
internal static class ReportText
{
    /// <summary>The report as Markdown.</summary>
    /// <param name="document">What it says.</param>
    /// <returns>The text.</returns>
    internal static string Of(ReportDocument document)
    {
        var text = new StringBuilder("# gpu-check\n\n");
        foreach ((string key, string value) in document.Machine)
        {
            Line(text, $"- {key}: {value}");
        }

        foreach ((string side, SortedDictionary<string, string> versions) in document.Versions)
        {
            Line(text, $"- {side}: {(versions.Count == 0 ? "nothing ran" : string.Join(", ", versions.Select(v => $"{v.Key} {v.Value}")))}");
        }

        Line(text, $"\n**{document.Passed} passed, {document.Failed} failed, {document.NotRun} not run.**\n");
        Speed(text, document);
        Line(text, $"## Checks\n\n| part | check | against | result | |\n|---|---|---|---|---|");
        foreach (Check check in document.Checks.OrderBy(c => c.State == CheckState.Failed ? 0 : 1))
        {
            string state = check.State switch { CheckState.Passed => "passed", CheckState.Failed => "**FAILED**", _ => "not run" };
            Line(text, $"| {check.Part} | {check.Name} | {check.Against} | {state} | {check.Detail.Replace("|", "\\|", StringComparison.Ordinal)} |");
        }

        return text.ToString();
    }

    private static void Speed(StringBuilder text, ReportDocument document)
    {
        SpeedTable speed = document.Speed;
        Line(text, $"## Speed{(speed.Ours?.Workload is Workload work ? $", shape {speed.Ours.Shape}, BFloat16\n\n{Describe(work)}" : "")}\n");
        Line(text, $"Tokens per second, medians. Shares are of the machine's measured product of matrices, {speed.Roof / 1e12:0.000} TFLOP/s.\n");
        Line(text, $"| | ours | theirs | ratio | our share | their share |\n|---|---|---|---|---|---|");
        foreach (SpeedRow row in document.Rows)
        {
            Line(text, $"| {row.Name} | {Show(row.Ours, "0.0")} | {Show(row.Theirs, "0.0")} | {Show(row.Ratio, "0.00")} | {Show(row.OurShare, "0.0 %")} | {Show(row.TheirShare, "0.0 %")} |");
        }

        Line(text, $"| peak device memory, MiB | {document.DeviceMemoryMiB.GetValueOrDefault("ours", "–")} | {document.DeviceMemoryMiB.GetValueOrDefault("theirs", "–")} | | | |");
        Line(text, $"| peak host memory, MiB | {MiB(speed.Ours)} | {MiB(speed.Theirs)} | | | |\n");
    }

    private static string Describe(Workload work) => string.Create(CultureInfo.InvariantCulture,
        $"Prefill {work.Prefill[0]} x {work.Prefill[1]} tokens; generation of {work.NewTokens} after {work.Prompt}, greedily, one row; LoRA of rank {work.Rank} on all projections, {work.Train[0]} x {work.Train[1]} tokens a step; {work.Steps} repeats.");

    private static string MiB(SpeedResults? results) => Show(results?.PeakHostBytes / 1048576.0, "0");

    private static string Show(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "–";

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
