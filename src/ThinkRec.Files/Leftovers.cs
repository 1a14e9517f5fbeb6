using System.Diagnostics;
using System.Globalization;

namespace ThinkRec.Files;

/// <summary>What <see cref="AtomicFile"/> and <see cref="AtomicFolder"/> were writing when their process was killed.</summary>
public static class Leftovers
{
    internal const string FileSuffix = ".tmp";
    internal const string FolderSuffix = ".new";

    /// <summary>Deletes what processes that are no more were writing below a folder. What a living process writes stays.</summary>
    /// <param name="folder">The folder; it need not exist.</param>
    public static void Delete(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (string path in Directory.EnumerateDirectories(folder, ".*" + FolderSuffix, SearchOption.AllDirectories).Where(IsLeft).ToArray())
        {
            Directory.Delete(path, recursive: true);
        }

        foreach (string path in Directory.EnumerateFiles(folder, "*" + FileSuffix, SearchOption.AllDirectories).Where(IsLeft).ToArray())
        {
            File.Delete(path);
        }
    }

    /// <summary>Whether a path is what a process that is no more was writing to become a certain file.</summary>
    /// <param name="path">The path.</param>
    /// <param name="name">Name of the file.</param>
    /// <returns>True when it is.</returns>
    public static bool IsOf(string path, string name) =>
        Path.GetFileName(path).StartsWith(name + ".", StringComparison.Ordinal) && path.EndsWith(FileSuffix, StringComparison.Ordinal) && IsLeft(path);

    /// <summary>Whether the name ends in the number of a process, which has ended, and a suffix.</summary>
    private static bool IsLeft(string path)
    {
        string number = Path.GetExtension(Path.GetFileNameWithoutExtension(path)).TrimStart('.');
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && !IsAlive(id);
    }

    private static bool IsAlive(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }
}
