namespace ThinkRec.Files;

/// <summary>Writes whole folders: the new one is there with all its files, or not at all.</summary>
public static class AtomicFolder
{
    /// <summary>Finds out, before the work for it is done, whether a folder could be written.</summary>
    /// <param name="path">The target.</param>
    /// <exception cref="IOException">It is a file, lies below one, or is a folder that is not empty.</exception>
    public static void Check(string path)
    {
        string target = Path.GetFullPath(path);
        for (string? above = target; above is not null; above = Path.GetDirectoryName(above))
        {
            if (File.Exists(above))
            {
                throw new IOException($"{target} cannot be a folder, because {above} is a file. Choose another folder.");
            }
        }

        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
        {
            throw new IOException($"{target} is not empty, and nothing in it is replaced. Choose another folder.");
        }
    }

    /// <summary>Fills a temporary folder beside the target and renames it.</summary>
    /// <param name="path">The target; new or empty.</param>
    /// <param name="fill">Gets the temporary folder; when it throws, there is no folder.</param>
    /// <exception cref="IOException">As <see cref="Check"/>.</exception>
    public static void Write(string path, Action<string> fill)
    {
        ArgumentNullException.ThrowIfNull(fill);
        Check(path);
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string parent = Path.GetDirectoryName(target) ?? throw new IOException($"{target} cannot be replaced. Choose a folder below it.");
        string temporary = Path.Combine(parent, $".{Path.GetFileName(target)}.{Environment.ProcessId}{Leftovers.FolderSuffix}");
        try
        {
            Directory.CreateDirectory(temporary);
            fill(temporary);
            if (Directory.Exists(target))
            {
                Directory.Delete(target);
            }

            Directory.Move(temporary, target);
        }
        finally
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
    }
}
