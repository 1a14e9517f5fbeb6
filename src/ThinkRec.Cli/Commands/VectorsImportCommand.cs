using System.CommandLine;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Data;
using ThinkRec.Training.Vectors;

namespace ThinkRec.Cli.Commands;

/// <summary><c>vectors import</c>: an encoder run from vectors that were trained elsewhere.</summary>
internal sealed class VectorsImportCommand : ICommand
{
    private readonly Option<DirectoryInfo> _data = new("--data") { Description = "Folder of a prepared dataset.", Required = true, HelpName = "DIR" };

    private readonly Option<FileInfo> _users = new("--users")
    {
        Description = "Vectors of users: .safetensors with users.txt beside it, RecBole's atomic file, or gensim's text.",
        Required = true,
        HelpName = "FILE",
    };

    private readonly Option<FileInfo> _items = new("--items") { Description = "Vectors of items, likewise.", Required = true, HelpName = "FILE" };
    private readonly Option<DirectoryInfo> _out = new("--out") { Description = "Folder of the run; new or empty.", Required = true, HelpName = "DIR" };

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        var command = new Command("import", "Make an encoder run of vectors trained elsewhere; a score is the dot product.") { _data, _users, _items, _out };
        application.Act(command, (call, report, cancellation) => Task.Run(() => Import(call, report), cancellation));
        return command;
    }

    private void Import(ParseResult call, IConsoleReport report)
    {
        string folder = call.GetRequiredValue(_out).FullName;
        var config = new VectorImportConfig { Users = call.GetRequiredValue(_users).FullName, Items = call.GetRequiredValue(_items).FullName };
        var dataset = Dataset.Load(call.GetRequiredValue(_data).FullName);
        (VectorCoverage users, VectorCoverage items) = VectorImport.Run(config, dataset, folder);

        report.Table(["vectors of", "in dataset and file", "only in dataset: the mean", "only in file: left out"], [Row("users", users), Row("items", items)]);
        report.Line($"The run is in {folder}; measure it with `thinkrec evaluate`, or name it as encoder.run.");
        report.Document(new { Run = folder, Users = users, Items = items });
    }

    private static IReadOnlyList<string> Row(string what, VectorCoverage coverage) => [what, $"{coverage.Known}", $"{coverage.Missing}", $"{coverage.Unknown}"];
}
