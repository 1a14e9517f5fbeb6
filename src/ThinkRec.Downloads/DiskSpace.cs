namespace ThinkRec.Downloads;

/// <summary>Whether what is to come has room.</summary>
public static class DiskSpace
{
    /// <summary>Bytes that may still be written below a folder.</summary>
    /// <param name="folder">The folder; where it does not exist, the nearest above it counts.</param>
    /// <returns>Bytes.</returns>
    public static long FreeAt(string folder)
    {
        string at = Path.GetFullPath(folder);
        while (!Directory.Exists(at) && Path.GetDirectoryName(at) is { } above)
        {
            at = above;
        }

        return new DriveInfo(at).AvailableFreeSpace;
    }

    /// <summary>Refuses what has no room.</summary>
    /// <param name="what">What is to come, for the message.</param>
    /// <param name="bytes">What it still needs.</param>
    /// <param name="folder">Where it shall lie.</param>
    /// <exception cref="DownloadException">Less is free.</exception>
    public static void Require(string what, long bytes, string folder)
    {
        long free = FreeAt(folder);
        if (bytes > free)
        {
            throw new DownloadException($"{what} needs {bytes} more bytes, but {folder} has {free} free. Free some space, or write to another disk.");
        }
    }
}
