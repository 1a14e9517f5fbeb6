using System.CommandLine;
using ThinkRec.Data;
using ThinkRec.Torch;
using ThinkRec.Training.Runs;

namespace ThinkRec.Cli.Commands;

/// <summary>The options <c>--run</c> and <c>--data</c> of commands that use a trained run.</summary>
internal sealed class RunOptions
{
    internal Option<DirectoryInfo> Run { get; } = new("--run") { Description = "Folder of a run.", Required = true, HelpName = "DIR" };

    internal Option<DirectoryInfo> Data { get; } = new("--data") { Description = "Folder of a prepared dataset.", Required = true, HelpName = "DIR" };

    /// <summary>Where the run's language model computes; commands that have one add it.</summary>
    internal Option<string> Device { get; } = DeviceOption.Make();

    /// <summary>Reads <see cref="Device"/>.</summary>
    internal Device DeviceOf(ParseResult call) => DeviceOption.Read(call, Device);

    /// <summary>Opens both.</summary>
    internal (RunDirectory Run, Dataset Dataset) Open(ParseResult call)
    {
        var dataset = Dataset.Load(call.GetRequiredValue(Data).FullName);
        return (RunDirectory.Open(call.GetRequiredValue(Run).FullName, dataset), dataset);
    }
}
