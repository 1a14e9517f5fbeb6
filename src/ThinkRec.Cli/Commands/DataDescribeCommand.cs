using System.CommandLine;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Data;

namespace ThinkRec.Cli.Commands;

/// <summary><c>data describe</c>: the statistics of a prepared dataset.</summary>
internal sealed class DataDescribeCommand : ICommand
{
    private readonly Argument<DirectoryInfo> _folder = new("DIR") { Description = "Folder of a prepared dataset." };

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        var command = new Command("describe", "Counts, positive rates, sparsity and history lengths of a prepared dataset.") { _folder };
        application.Act(command, RunAsync);
        return command;
    }

    private async Task RunAsync(ParseResult call, IConsoleReport report, CancellationToken cancellation)
    {
        string folder = call.GetRequiredValue(_folder).FullName;
        var (dataset, statistics) = await Task.Run(
            () =>
            {
                var dataset = Dataset.Load(folder);
                return (dataset, DatasetStatistics.Describe(dataset));
            },
            cancellation).WaitAsync(cancellation);
        DatasetDescription.Show(report, folder, dataset, statistics);
    }
}
