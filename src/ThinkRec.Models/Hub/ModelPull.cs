using ThinkRec.Downloads;
using ThinkRec.Files;
using ThinkRec.Nn;

namespace ThinkRec.Models.Hub;

/// <summary>Gets a model of a hub: a folder that <c>llm.path</c> may name, there whole or not at all.</summary>
/// <param name="downloader">Gets the files.</param>
/// <param name="hub">Where from.</param>
public sealed class ModelPull(Downloader downloader, ModelHub hub)
{
    private const string FilesFolder = "files";
    private readonly HubListing _listing = new(downloader, hub);

    /// <summary>Told what will be got, before the weights are.</summary>
    public Action<PullPlan>? Planned { get; init; }

    /// <summary>Told name, bytes that are there and bytes that there will be, often.</summary>
    public Action<string, long, long?>? Progress { get; init; }

    /// <summary>Gets a model. What has come is kept in FOLDER.part when the call ends early, and a later call goes on with the same commit.</summary>
    /// <param name="repository">The model.</param>
    /// <param name="folder">New or empty, or holding the model, whose files are then compared with their record; nobody is asked then.</param>
    /// <param name="stop">Stops the work.</param>
    /// <returns>What came from where.</returns>
    /// <exception cref="DownloadException">There is no such model, it may not be had, or a file is not what it should be.</exception>
    /// <exception cref="CheckpointException">The folder holds the model, and a file of it was changed.</exception>
    /// <exception cref="IOException">The folder holds something else, or cannot be written.</exception>
    public async Task<PullRecord> RunAsync(ModelRepository repository, string folder, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (PullRecord.Read(target) is { } there)
        {
            Require(there, repository, target);
            return there.Files.Select(file => file.Difference(target)).FirstOrDefault(difference => difference is not null) is { } difference
                ? throw new CheckpointException(difference)
                : there;
        }

        AtomicFolder.Check(target);
        try
        {
            string work = target + ".part";
            bool isFirst = PullRecord.Read(work) is null;
            PullRecord pin = await PinAsync(repository, work, stop).ConfigureAwait(false);
            return await FinishAsync(repository, pin, target, work, isFirst, stop).ConfigureAwait(false);
        }
        catch (DownloadException error) when (error.StatusCode is 401 or 403 or 404)
        {
            throw Explained(repository, error);
        }
    }

    // The first call decides what a branch is; the calls that go on with it take the same, so that files of two states never mix.
    private async Task<PullRecord> PinAsync(ModelRepository repository, string work, CancellationToken stop)
    {
        if (PullRecord.Read(work) is { } pin)
        {
            Require(pin, repository, work);
            return pin;
        }

        AtomicFolder.Check(work);
        var (commit, licence) = await _listing.DescribeAsync(repository, stop).ConfigureAwait(false);
        pin = new PullRecord(hub.Address, repository.Name, repository.Revision, commit, licence, []);
        Directory.CreateDirectory(work);
        pin.Write(work);
        return pin;
    }

    private async Task<PullRecord> FinishAsync(ModelRepository repository, PullRecord pin, string target, string work, bool isFirst, CancellationToken stop)
    {
        string files = Path.Combine(work, FilesFolder);
        bool isPlanned = false;
        try
        {
            PullPlan plan = await PlanAsync(repository, pin, files, stop).ConfigureAwait(false);
            isPlanned = true;
            PullRecord record = pin with { Hub = hub.Address, Files = await FetchAsync(plan, files, stop).ConfigureAwait(false) };
            record.Write(files);
            if (Directory.Exists(target))
            {
                Directory.Delete(target);   // empty, or this throws
            }

            Directory.Move(files, target);
        }
        catch
        {
            if (isFirst && !(isPlanned && HoldsBytes(files)))
            {
                Directory.Delete(work, recursive: true);
            }

            throw;
        }

        Directory.Delete(work, recursive: true);
        return PullRecord.Read(target)!;
    }

    private async Task<PullPlan> PlanAsync(ModelRepository repository, PullRecord pin, string files, CancellationToken stop)
    {
        IReadOnlyList<HubFile> all = await _listing.FilesAsync(repository, pin.Commit, stop).ConfigureAwait(false);
        byte[]? index = null;
        if (HubSelection.IndexOf(all) is { } file)
        {
            await FetchAsync(pin, file, files, stop).ConfigureAwait(false);
            index = await File.ReadAllBytesAsync(Path.Combine(files, file.Name), stop).ConfigureAwait(false);
        }

        IReadOnlyList<HubFile> chosen = HubSelection.Choose(repository, all, index);
        long missing = chosen.Sum(one => one.Bytes - Math.Min(one.Bytes, LengthOf(Path.Combine(files, one.Name))));
        DiskSpace.Require($"{repository}", missing, Path.GetDirectoryName(files)!);
        return new PullPlan(repository, pin.Commit, pin.Licence, chosen, [.. all.Except(chosen).Select(one => one.Name)], missing, DiskSpace.FreeAt(files));
    }

    private async Task<IReadOnlyList<RecordedFile>> FetchAsync(PullPlan plan, string files, CancellationToken stop)
    {
        Planned?.Invoke(plan);
        List<RecordedFile> got = [];
        foreach (HubFile file in plan.Files)
        {
            got.Add(await FetchAsync(plan.Repository.Name, plan.Commit, file, files, stop).ConfigureAwait(false));
        }

        return got;
    }

    private Task<RecordedFile> FetchAsync(PullRecord pin, HubFile file, string files, CancellationToken stop) => FetchAsync(pin.Repository, pin.Commit, file, files, stop);

    private async Task<RecordedFile> FetchAsync(string repository, string commit, HubFile file, string files, CancellationToken stop)
    {
        RemoteFile remote = hub.At($"{repository}/resolve/{commit}/{Uri.EscapeDataString(file.Name)}") with { Length = file.Bytes, Sha256 = file.Sha256, GitBlob = file.GitBlob };
        DownloadedFile got = await downloader.FetchAsync(remote, Path.Combine(files, file.Name), (bytes, total) => Progress?.Invoke(file.Name, bytes, total), stop).ConfigureAwait(false);
        return new RecordedFile(file.Name, got.Length, got.Sha256);
    }

    private static void Require(PullRecord there, ModelRepository repository, string folder)
    {
        bool isSame = there.Repository == repository.Name && (there.Revision == repository.Revision || there.Commit == repository.Revision);
        if (!isSame)
        {
            throw new IOException($"{folder} holds {there.Repository} at {there.Revision} ({there.Commit}), and nothing in it is replaced. Delete it, or choose another folder.");
        }
    }

    // A first call of which nothing came leaves nothing.
    private static bool HoldsBytes(string files) =>
        Directory.Exists(files) && new DirectoryInfo(files).EnumerateFiles().Any(file => file.Length > 0 && !file.Name.EndsWith(".part.json", StringComparison.Ordinal));

    private static long LengthOf(string path) => new[] { path, path + ".part" }.Where(File.Exists).Select(one => new FileInfo(one).Length).FirstOrDefault();

    private DownloadException Explained(ModelRepository repository, DownloadException refused)
    {
        const string Tokens = "https://huggingface.co/settings/tokens";
        Uri page = hub.PageOf(repository.Name);
        string meaning = refused.StatusCode switch
        {
            404 => $"There is no {repository.Name}, or no revision {repository.Revision} of it. Look at {page}.",
            401 when hub.HasToken => $"The token is not accepted, or {repository.Name} does not exist. Make another at {Tokens} that may read, and look at {page}.",
            401 => $"{repository.Name} does not exist, or is private or gated. Look at {page}: if it is gated, log in and accept its terms there, make a token that may read at {Tokens}, and put it into the environment variable HF_TOKEN.",
            _ => $"The token may not read {repository.Name}. Log in as its owner, ask for access at {page}, and call again when it is granted; a fine-grained token also needs the right to read gated repositories ({Tokens}).",
        };
        return new DownloadException($"{refused.Message.Split(". ")[0]}. {meaning}", refused) { StatusCode = refused.StatusCode };
    }
}
