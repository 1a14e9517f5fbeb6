using System.IO.Compression;

namespace ThinkRec.Downloads;

/// <summary>Unpacks zip files of strangers: nothing lands outside the folder, nothing but files, and no more than was agreed.</summary>
public static class ZipUnpacking
{
    private const int TypeShift = 16;     // Unix puts a file's mode into the upper half of the attributes
    private const int TypeMask = 0xF000;
    private const int RegularFile = 0x8000;
    private const int Folder = 0x4000;
    private const long SmallBytes = 1 << 20; // what is less is no bomb, whatever its ratio

    /// <summary>Unpacks a file. A folder that holds all entries is left out of their names.</summary>
    /// <param name="zip">The file.</param>
    /// <param name="folder">A new or empty folder.</param>
    /// <param name="limits">What it may hold; null for the usual.</param>
    /// <param name="stop">Stops the work.</param>
    /// <returns>Names of the files written, relative to the folder.</returns>
    /// <exception cref="DownloadException">It is damaged or hostile; some files may have been written.</exception>
    public static IReadOnlyList<string> Unpack(string zip, string folder, ZipLimits? limits = null, CancellationToken stop = default)
    {
        limits ??= new ZipLimits();
        try
        {
            using var archive = ZipFile.OpenRead(zip);
            var entries = Checked(archive, Path.GetFileName(zip), limits);
            Directory.CreateDirectory(folder);
            long left = limits.MaxBytes;
            foreach (var (name, entry) in entries)
            {
                left -= Write(entry, Path.Combine(folder, name), Path.GetFileName(zip), left, limits, stop);
            }

            return [.. entries.Select(entry => entry.Name)];
        }
        catch (InvalidDataException error)
        {
            throw new DownloadException($"{Path.GetFileName(zip)} is no whole zip file: {error.Message} Delete it and call again.", error);
        }
    }

    private static List<(string Name, ZipArchiveEntry Entry)> Checked(ZipArchive archive, string zip, ZipLimits limits)
    {
        if (archive.Entries.Count > limits.MaxEntries)
        {
            throw Refused(zip, $"it has {archive.Entries.Count} entries, more than {limits.MaxEntries}");
        }

        List<(string Name, ZipArchiveEntry Entry)> files = [];
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            int type = (entry.ExternalAttributes >> TypeShift) & TypeMask;
            string name = entry.FullName;
            bool isFolder = name.EndsWith('/');
            if (IsUnsafe(isFolder ? name[..^1] : name))
            {
                throw Refused(zip, $"an entry would be written to '{name}'");
            }

            if (type != 0 && type != (isFolder ? Folder : RegularFile))
            {
                throw Refused(zip, $"'{name}' is a link or a device");
            }

            if (entry.IsEncrypted)
            {
                throw Refused(zip, $"'{name}' is encrypted");
            }

            if (!isFolder)
            {
                files.Add((name, entry));
            }
        }

        files = WithoutCommonFolder(files);
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, _) in files)
        {
            if (!seen.Add(name))
            {
                throw Refused(zip, $"'{name}' is in it twice");
            }
        }

        return files;
    }

    private static bool IsUnsafe(string name) =>
        name.Length is 0 or > 255 || name.Any(c => char.IsControl(c) || c is '\\' or ':') || name.Split('/').Any(part => part is "" or "." or "..");

    private static List<(string Name, ZipArchiveEntry Entry)> WithoutCommonFolder(List<(string Name, ZipArchiveEntry Entry)> files)
    {
        int slash = files.Count > 0 ? files[0].Name.IndexOf('/', StringComparison.Ordinal) : -1;
        string top = slash > 0 ? files[0].Name[..(slash + 1)] : "";
        return top.Length > 0 && files.TrueForAll(file => file.Name.StartsWith(top, StringComparison.Ordinal))
            ? files.ConvertAll(file => (file.Name[top.Length..], file.Entry))
            : files;
    }

    // The lengths in the file are claims; the bytes are counted as they come.
    private static long Write(ZipArchiveEntry entry, string path, string zip, long left, ZipLimits limits, CancellationToken stop)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using Stream packed = entry.Open();
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        var buffer = new byte[1 << 17];
        long length = 0;
        for (int count; (count = packed.Read(buffer)) > 0;)
        {
            stop.ThrowIfCancellationRequested();
            length += count;
            if (length > left)
            {
                throw Refused(zip, $"it unpacks to more than {limits.MaxBytes} bytes");
            }

            if (length > SmallBytes && length / Math.Max(entry.CompressedLength, 1) > limits.MaxRatio)
            {
                throw Refused(zip, $"'{entry.FullName}' unpacks to more than {limits.MaxRatio} times its size");
            }

            file.Write(buffer, 0, count);
        }

        file.Flush(flushToDisk: true);
        return length == entry.Length ? length : throw Refused(zip, $"'{entry.FullName}' has {length} bytes and should have {entry.Length}");
    }

    private static DownloadException Refused(string zip, string why) => new($"{zip} is refused: {why}. Do not use it; get the file from its publisher.");
}
