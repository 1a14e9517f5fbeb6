using System.CommandLine;
using ThinkRec.Cli.CommandLine;

namespace ThinkRec.Cli.Commands;

/// <summary><c>vectors</c>: vectors of users and items, out of runs and into them.</summary>
internal sealed class VectorsCommand : ICommand
{
    /// <inheritdoc/>
    public Command Build(Application application) => new("vectors", "Export the vectors of an encoder, or import vectors trained elsewhere.")
    {
        new VectorsExportCommand().Build(application),
        new VectorsImportCommand().Build(application),
    };
}
