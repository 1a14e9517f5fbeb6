using System.CommandLine;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Models.Reasoning;
using ThinkRec.Training.Runs;
using ThinkRec.Training.Vectors;

namespace ThinkRec.Cli.Commands;

/// <summary><c>vectors export</c>: vectors of a run's encoder as files for other programs.</summary>
internal sealed class VectorsExportCommand : ICommand
{
    private static readonly string[] Formats = [.. Enum.GetNames<VectorFormat>().Select(name => name.ToLowerInvariant())];
    private readonly RunOptions _options = new();
    private readonly Option<DirectoryInfo> _out = new("--out") { Description = "Folder to write; new or empty.", Required = true, HelpName = "DIR" };

    private readonly Option<string[]> _formats = new("--format")
    {
        Description = $"What to write: {string.Join(", ", Formats)}; all when left out.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => Formats,
        HelpName = "NAME",
    };

    private readonly Option<string> _until = new("--until")
    {
        Description = "Users as they are at the end of this split: train, valid or test. Without, at the end of the data.",
        DefaultValueFactory = _ => "test",
        HelpName = "NAME",
    };

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        _formats.AcceptOnlyFromAmong(Formats);
        _until.AcceptOnlyFromAmong("train", "valid", "test");
        var command = new Command("export", "Write the vectors of a run's encoder as safetensors, RecBole's atomic files and gensim's text.")
        {
            _options.Run, _options.Data, _out, _formats, _until,
        };
        application.Act(command, (call, report, cancellation) => Task.Run(() => Export(call, report), cancellation));
        return command;
    }

    private void Export(ParseResult call, IConsoleReport report)
    {
        (RunDirectory run, Dataset dataset) = _options.Open(call);
        string folder = call.GetRequiredValue(_out).FullName;
        VectorFormat[] formats = [.. call.GetRequiredValue(_formats).Select(name => Enum.Parse<VectorFormat>(name, ignoreCase: true))];
        using ICollaborativeEncoder encoder = EncoderFolder.Load(run.PathOf("encoder"), dataset);
        string until = call.GetRequiredValue(_until);
        VectorTable users = VectorExport.Users(encoder, dataset, Enum.Parse<Split>(until, ignoreCase: true));
        VectorTable items = VectorExport.Items(encoder, dataset);
        VectorWriter.Write(folder, dataset.Name, users, items, formats);

        string[] files = [.. Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        report.Line($"{users.Ids.Count} users and {items.Ids.Count} items, {users.Size} numbers each, of encoder {encoder.Name}; users at the end of split {until}.");
        report.Line($"Written to {folder}: {string.Join(", ", files)}.");
        report.Line(until == "train" ? "Rows of the later splits are unknown to these vectors." : "These vectors may know rows of the later splits; what is to be measured there needs --until train.");
        report.Document(new { Folder = folder, Encoder = encoder.Name, Until = until, VectorSize = users.Size, Users = users.Ids.Count, Items = items.Ids.Count, Files = files });
    }
}
