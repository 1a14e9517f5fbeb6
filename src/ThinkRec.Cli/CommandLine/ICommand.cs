using System.CommandLine;

namespace ThinkRec.Cli.CommandLine;

/// <summary>One command of the tool: its words, its options and what it does.</summary>
internal interface ICommand
{
    /// <summary>Makes the command, with its options and an action set by <see cref="Application.Act"/>.</summary>
    /// <param name="application">Runs the action with a report, and turns exceptions into one line.</param>
    Command Build(Application application);
}
