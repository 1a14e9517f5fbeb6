using System.CommandLine;
using ThinkRec.Cli.CommandLine;

namespace ThinkRec.Cli.Commands;

/// <summary><c>adapters</c>: LoRA adapters for programs that know peft's file layout.</summary>
internal sealed class AdaptersCommand : ICommand
{
    /// <inheritdoc/>
    public Command Build(Application application) => new("adapters", "Export the adapter that serves a user, or merge an adapter into its model.")
    {
        new AdaptersExportCommand().Build(application),
        new AdaptersMergeCommand().Build(application),
    };
}
