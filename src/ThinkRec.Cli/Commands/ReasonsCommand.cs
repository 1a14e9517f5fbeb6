using System.CommandLine;
using ThinkRec.Cli.CommandLine;

namespace ThinkRec.Cli.Commands;

/// <summary><c>reasons</c>: what is done with written reasons.</summary>
internal sealed class ReasonsCommand : ICommand
{
    /// <inheritdoc/>
    public Command Build(Application application) => new("reasons", "Let a teacher write reasons, import them, and check them.")
    {
        new ReasonsSynthesizeCommand().Build(application),
        new ReasonsImportCommand().Build(application),
        new ReasonsCheckCommand().Build(application),
    };
}
