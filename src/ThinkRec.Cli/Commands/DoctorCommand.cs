using System.CommandLine;
using ThinkRec.Cli.Commands.Diagnosis;
using ThinkRec.Cli.CommandLine;

namespace ThinkRec.Cli.Commands;

/// <summary><c>doctor</c>: what is there, what is missing, and what to do about it.</summary>
internal sealed class DoctorCommand : ICommand
{
    /// <inheritdoc/>
    public Command Build(Application application)
    {
        var command = new Command("doctor", "Engine, CPU kernels, GPUs, disk, memory and versions: what is there and what to do.");
        application.Act(command, RunAsync);
        return command;
    }

    private static async Task RunAsync(ParseResult call, IConsoleReport report, CancellationToken cancellation)
    {
        IReadOnlyList<Finding> findings = await Task.Run<IReadOnlyList<Finding>>(
            () => [.. MachineChecks.Run(), .. EngineChecks.Run()], cancellation).WaitAsync(cancellation);
        foreach (Finding finding in findings)
        {
            report.Line($"{finding.LevelName,-8}{finding.Name,-16}{finding.Value}");
            if (finding.Advice is { } advice)
            {
                report.Line($"{"",-24}-> {advice}");
            }
        }

        report.Document(new
        {
            Ready = findings.All(finding => finding.Level != Level.Error),
            Findings = findings.Select(finding => new { finding.Name, Level = finding.LevelName, finding.Value, finding.Advice, finding.Facts }),
        });
        string[] errors = [.. findings.Where(finding => finding.Level == Level.Error).Select(finding => finding.Name)];
        if (errors.Length > 0)
        {
            throw new NotReadyException($"{string.Join(", ", errors)}: thinkrec cannot work here; the finding above says what to do.");
        }
    }
}
