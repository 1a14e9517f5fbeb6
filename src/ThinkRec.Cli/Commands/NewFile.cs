namespace ThinkRec.Cli.Commands;

/// <summary>Finds out, before the work for it is done, whether a file that nothing may be lost for could be written.</summary>
internal static class NewFile
{
    /// <summary>Refuses a place that is taken or is not there.</summary>
    /// <param name="path">The target.</param>
    /// <param name="option">The option that names it.</param>
    /// <exception cref="IOException">Something is there already, or its folder is not.</exception>
    public static void Check(string path, string option)
    {
        if (Path.Exists(path))
        {
            throw new IOException($"{path} is there already, and nothing is replaced. Name another file with {option}, or move this one away.");
        }

        if (!Directory.Exists(Path.GetDirectoryName(path)))
        {
            throw new IOException($"{path} cannot be written, because its folder is not there. Make the folder, or name another file with {option}.");
        }
    }
}
