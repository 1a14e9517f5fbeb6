using System.Globalization;

namespace ThinkRec.Cli.CommandLine;

/// <summary>Tells of a download a few times, not of every block.</summary>
internal sealed class DownloadMeter(IConsoleReport report)
{
    private readonly Pace _pace = new();

    /// <summary>Tells how far a file is, when it is time to.</summary>
    public void Show(string name, long bytes, long? total)
    {
        if (!_pace.IsDue())
        {
            return;
        }

        report.Progress(total is > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{name}: {bytes / 1e6:0.0} of {total / 1e6:0.0} MB ({100.0 * bytes / total.Value:0} %)")
            : string.Create(CultureInfo.InvariantCulture, $"{name}: {bytes / 1e6:0.0} MB"));
    }
}
