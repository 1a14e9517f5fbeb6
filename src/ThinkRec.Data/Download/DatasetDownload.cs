using ThinkRec.Downloads;
using ThinkRec.Files;

namespace ThinkRec.Data.Download;

/// <summary>Gets a public dataset: a folder of raw files as <c>data prepare</c> wants it, there whole or not at all.</summary>
/// <param name="downloader">Gets the files.</param>
/// <param name="progress">Told name, bytes that are there and bytes that there will be, often; null for nobody.</param>
public sealed class DatasetDownload(Downloader downloader, Action<string, long, long?>? progress = null)
{
    /// <summary>Gets a dataset. What has come is kept in FOLDER.part when the call ends early, and a later call goes on with it.</summary>
    /// <param name="set">The dataset, whose terms were accepted.</param>
    /// <param name="folder">New or empty, or holding the dataset, whose files are then compared with their record.</param>
    /// <param name="stop">Stops the work.</param>
    /// <returns>What came from where.</returns>
    /// <exception cref="DownloadException">A file could not be had or is not what it should be.</exception>
    /// <exception cref="DataFormatException">The folder holds the dataset, and a file of it was changed.</exception>
    /// <exception cref="IOException">The folder holds something else, or cannot be written.</exception>
    public async Task<DownloadRecord> RunAsync(PublicDataset set, string folder, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (DownloadRecord.Read(target) is { } there)
        {
            return Compare(there, set, target);
        }
        AtomicFolder.Check(target);
        string work = target + ".part", ready = Path.Combine(work, "ready");
        Recover(set, work, ready);
        IReadOnlyList<RemoteFile> files = await WithPublishedChecksumAsync(set, stop).ConfigureAwait(false);
        List<DownloadSource> sources = [];
        List<RecordedFile> plain = [];
        foreach (RemoteFile file in files)
        {
            DownloadedFile got = await downloader.FetchAsync(file, Path.Combine(work, file.Name), (bytes, total) => progress?.Invoke(file.Name, bytes, total), stop).ConfigureAwait(false);
            sources.Add(new DownloadSource(file.Address, got.Length, got.Sha256, file.HasChecksum));
            if (!IsZip(file))
            {
                plain.Add(new RecordedFile(file.Name, got.Length, got.Sha256));
            }
        }
        Directory.CreateDirectory(ready);
        foreach (RemoteFile file in files.Where(IsZip))
        {
            ZipUnpacking.Unpack(Path.Combine(work, file.Name), ready, stop: stop);
        }
        var record = new DownloadRecord(set.Name, set.TermsAddress.AbsoluteUri, sources, [.. FilesOf(ready), .. plain]);
        foreach (RecordedFile file in plain)
        {
            File.Move(Path.Combine(work, file.Name), Path.Combine(ready, file.Name));
        }
        record.Write(ready);
        if (Directory.Exists(target))
        {
            Directory.Delete(target);   // empty, or this throws
        }
        Directory.Move(ready, target);
        Directory.Delete(work, recursive: true);
        return record;
    }

    // The list is of the file's own server: it shows damage on the way, and that both belong together.
    private async Task<IReadOnlyList<RemoteFile>> WithPublishedChecksumAsync(PublicDataset set, CancellationToken stop)
    {
        if (set.Md5Address is not { } address)
        {
            return set.Files;
        }
        string text = await downloader.FetchTextAsync(set.Files[0] with { Address = address }, stop).ConfigureAwait(false);
        string? md5 = text.Split([' ', '\t', '\r', '\n', '=', '(', ')'], StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(word => word.Length == 32 && word.All(char.IsAsciiHexDigit));
        return md5 is null
            ? throw new DownloadException($"{address}: expected an MD5 but found '{TableFile.Show(TableFile.Clean(text))}'. The file may have moved.")
            : [set.Files[0] with { Md5 = md5 }, .. set.Files.Skip(1)];
    }

    // Takes back what a call that was stopped near its end had put into place, so that it is not fetched twice.
    private static void Recover(PublicDataset set, string work, string ready)
    {
        if (!Directory.Exists(ready))
        {
            return;
        }
        foreach (string name in set.Files.Where(file => !IsZip(file)).Select(file => file.Name).Where(name => File.Exists(Path.Combine(ready, name))))
        {
            File.Move(Path.Combine(ready, name), Path.Combine(work, name), overwrite: true);
        }
        Directory.Delete(ready, recursive: true);
    }

    private static bool IsZip(RemoteFile file) => file.Name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<RecordedFile> FilesOf(string folder) =>
        from path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        select RecordedFile.Of(folder, Path.GetRelativePath(folder, path));

    private static DownloadRecord Compare(DownloadRecord there, PublicDataset set, string folder)
    {
        if (there.Dataset != set.Name)
        {
            throw new IOException($"{folder} holds {there.Dataset}, and nothing in it is replaced. Choose another folder.");
        }
        return there.Files.Select(file => file.Difference(folder)).FirstOrDefault(difference => difference is not null) is { } difference
            ? throw new DataFormatException(difference)
            : there;
    }
}
