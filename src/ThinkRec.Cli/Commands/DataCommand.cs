using System.CommandLine;
using ThinkRec.Cli.CommandLine;

namespace ThinkRec.Cli.Commands;

/// <summary><c>data</c>: what is done with datasets.</summary>
internal sealed class DataCommand : ICommand
{
    /// <inheritdoc/>
    public Command Build(Application application) => new("data", "Download, prepare, describe and audit datasets, and give items keywords.")
    {
        new DataDownloadCommand().Build(application),
        new DataPrepareCommand().Build(application),
        new DataDescribeCommand().Build(application),
        new DataAuditCommand().Build(application),
        new DataKeywordsCommand().Build(application),
    };
}
