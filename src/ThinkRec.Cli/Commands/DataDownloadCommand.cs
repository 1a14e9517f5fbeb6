using System.CommandLine;
using System.Globalization;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Data.Download;
using ThinkRec.Downloads;

namespace ThinkRec.Cli.Commands;

/// <summary><c>data download</c>: a public dataset from its official address, once its terms are accepted.</summary>
internal sealed class DataDownloadCommand : ICommand
{
    private const string Yes = "yes";
    private readonly Argument<string> _name = new("NAME") { Description = $"The dataset: {PublicDatasets.Names}." };

    private readonly Option<DirectoryInfo> _out = new("--out")
    {
        Description = "Folder to write; new or empty (default raw/NAME). A folder that holds the dataset is compared with its record.",
        HelpName = "DIR",
    };

    private readonly Option<bool> _accept = new("--accept-licence", "--accept-license") { Description = "Accept the publisher's terms, which the call without this option shows." };

    private readonly Option<string> _mirror = new("--mirror")
    {
        Description = "Take the files from a copy of the publisher's server; checksums stay those of the publisher.",
        HelpName = "URL",
    };

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        var command = new Command("download", "Get a public dataset from its official address, checked and ready to prepare.") { _name, _out, _accept, _mirror };
        application.Act(command, RunAsync);
        return command;
    }

    private async Task RunAsync(ParseResult call, IConsoleReport report, CancellationToken cancellation)
    {
        PublicDataset set = PublicDatasets.Find(call.GetRequiredValue(_name));
        if (call.GetValue(_mirror) is { } mirror)
        {
            set = set.From(Uri.TryCreate(mirror, UriKind.Absolute, out Uri? address) ? address : throw new UsageException($"--mirror must be an address https://… but is '{mirror}'."));
        }

        Accept(call, report, set);
        string folder = call.GetValue(_out)?.FullName ?? Path.GetFullPath(Path.Combine("raw", set.Name.Replace('/', '-')));
        using var downloader = new Downloader();
        DownloadRecord record = await new DatasetDownload(downloader, new DownloadMeter(report).Show).RunAsync(set, folder, cancellation);
        Show(report, set, record, folder);
    }

    private void Accept(ParseResult call, IConsoleReport report, PublicDataset set)
    {
        if (call.GetValue(_accept))
        {
            return;
        }

        report.Line($"{set.Name}: {set.Terms}");
        report.Line($"In the publisher's words: {set.TermsAddress}");
        if (!Console.IsInputRedirected && !Console.IsErrorRedirected)
        {
            report.Progress($"Do you accept these terms? Type {Yes} to go on: ");
            if (string.Equals(Console.ReadLine()?.Trim(), Yes, StringComparison.OrdinalIgnoreCase))
            {
                return;
            }
        }

        throw new UsageException($"the terms of {set.Name} were not accepted, and nothing was downloaded. Read them ({set.TermsAddress}), then give --accept-licence.");
    }

    private static void Show(IConsoleReport report, PublicDataset set, DownloadRecord record, string folder)
    {
        string prepare = $"thinkrec data prepare {set.PrepareAs} --raw {ShellWord.Quoted(folder)} --out data/{set.Name.Replace('/', '-')}";
        report.Table(
            ["file", "MB", "checked by"],
            record.Sources.Select(source => (IReadOnlyList<string>)[
                Path.GetFileName(source.Address.AbsolutePath), (source.Bytes / 1e6).ToString("0.0", CultureInfo.InvariantCulture),
                source.IsChecked ? "the published checksum" : $"nothing: none is published; its SHA-256 is now recorded, {source.Sha256}"]));
        report.Line($"In {folder}, with the checksums in {DownloadRecord.FileName}. Terms: {record.Terms}");
        report.Line($"Prepare it: {prepare}");
        report.Document(new { folder, record.Dataset, record.Terms, record.Sources, record.Files, prepare });
    }
}
