namespace ThinkRec.Cli.CommandLine;

/// <summary>Words of a command that a person copies into a shell.</summary>
internal static class ShellWord
{
    /// <summary>A path as one word.</summary>
    public static string Quoted(string path) =>
        path.All(c => char.IsLetterOrDigit(c) || c is '/' or '.' or '_' or '-') ? path : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
