using System.Runtime.InteropServices;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Cli.Commands;
using ThinkRec.Cli.Launching;

const PosixSignal FileTooLarge = (PosixSignal)25; // SIGXFSZ of Linux and macOS

using var cancellation = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
// The write that passes a limit of file sizes shall be refused with an error, which is reported like that of a full disk, and not end the process.
using PosixSignalRegistration? tooLarge = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(FileTooLarge, signal => signal.Cancel = true);
Launcher.StopWithIt(cancellation);
var application = new Application(Console.Out, Console.Error, isTerminal: !Console.IsErrorRedirected)
{
    Commands =
    [
        new DemoCommand(),
        new TrainCommand(),
        new LaunchCommand(),
        new EvaluateCommand(),
        new RecommendCommand(ranks: false),
        new RecommendCommand(ranks: true),
        new DataCommand(),
        new ReasonsCommand(),
        new VectorsCommand(),
        new AdaptersCommand(),
        new LlmCommand(),
        new TokenizerCommand(),
        new MetricsCommand(),
        new DoctorCommand(),
    ],
};
return await application.RunAsync(args, cancellation.Token);

void Cancel(PosixSignalContext signal)
{
    // The first signal asks the work to stop; a second one ends the process as usual.
    signal.Cancel = !cancellation.IsCancellationRequested;
    cancellation.Cancel();
}
