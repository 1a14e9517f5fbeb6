using System.CommandLine;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Models.Llm;

namespace ThinkRec.Cli.Commands;

/// <summary><c>adapters merge</c>: an adapter added to the weights of its model.</summary>
internal sealed class AdaptersMergeCommand : ICommand
{
    private readonly Option<DirectoryInfo> _model = new("--model") { Description = "Hugging Face folder of the model.", Required = true, HelpName = "DIR" };
    private readonly Option<DirectoryInfo> _adapter = new("--adapter") { Description = "Folder of the adapter, in peft's file layout.", Required = true, HelpName = "DIR" };
    private readonly Option<DirectoryInfo> _out = new("--out") { Description = "Folder to write; new or empty.", Required = true, HelpName = "DIR" };

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        var command = new Command("merge", "Write a model folder whose weights hold the adapter.") { _model, _adapter, _out };
        application.Act(command, (call, report, _) => Task.Run(() => Merge(call, report), CancellationToken.None));
        return command;
    }

    private void Merge(ParseResult call, IConsoleReport report)
    {
        string folder = call.GetRequiredValue(_out).FullName;
        AdapterMergeResult result = AdapterMerge.Run(call.GetRequiredValue(_model).FullName, call.GetRequiredValue(_adapter).FullName, folder);
        report.Line($"{result.Merged} of {result.Tensors} weights hold the adapter now. Written to {folder}: {string.Join(", ", result.Files)}.");
        report.Document(new { Folder = folder, result.Merged, result.Tensors, result.Files });
    }
}
