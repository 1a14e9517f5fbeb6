using Polly;
using Polly.Retry;

namespace ThinkRec.Downloads;

/// <summary>Gets one file from one address: goes on where it stopped, tries again when that may help, and names the file only when it is whole and right.</summary>
/// <remarks>It knows nothing of what the file is for. Threads may share it.</remarks>
public sealed class Downloader : IDisposable
{
    private const int MaxTextBytes = 1 << 16;
    private readonly DownloadOptions _options;
    private readonly TimeProvider _time;
    private readonly FileRequest _request;
    private readonly ResiliencePipeline _retries;

    /// <summary>Prepares the downloader; nothing is sent.</summary>
    /// <param name="options">How patient it is; null for the usual.</param>
    /// <param name="time">The clock; null takes the system's.</param>
    public Downloader(DownloadOptions? options = null, TimeProvider? time = null)
    {
        (_options, _time) = (options ?? new DownloadOptions(), time ?? TimeProvider.System);
        _request = new FileRequest(_options, _time);
        _retries = new ResiliencePipelineBuilder { TimeProvider = _time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<DownloadException>(error => error.IsTransient),
                MaxRetryAttempts = _options.Retries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = _options.FirstDelay,
                MaxDelay = _options.MaxDelay,
                DelayGenerator = arguments => ValueTask.FromResult((arguments.Outcome.Exception as DownloadException)?.RetryAfter),
            })
            .Build();
    }

    /// <summary>Gets a file. What has come stays beside it as FILE.part when the call ends early, and a later call goes on with it.</summary>
    /// <param name="file">Where it is, and what is known about it.</param>
    /// <param name="path">Where it shall lie. A file that is there already is only checked.</param>
    /// <param name="progress">Told the bytes that are there and, where it is known, how many there will be; often.</param>
    /// <param name="stop">Stops the work.</param>
    /// <returns>The file, whole, of the right length, and with the right checksum where one is known.</returns>
    /// <exception cref="DownloadException">It could not be had or is not what it should be.</exception>
    /// <exception cref="IOException">It could not be written.</exception>
    public async Task<DownloadedFile> FetchAsync(RemoteFile file, string path, Action<long, long?>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        AddressRules.Check(file.Address);
        if (File.Exists(path))
        {
            return await CheckAsync(file, path, stop).ConfigureAwait(false);
        }

        using var part = PartialFile.Open(path, file.Address);
        await FetchWholeAsync(file, part, progress, stop).ConfigureAwait(false);
        long length = part.Length;
        FileChecksums sums = await FileChecksums.OfAsync(part.Rewound(), file, stop).ConfigureAwait(false);
        if (sums.Difference(file) is { } difference)
        {
            part.Discard();
            throw new DownloadException($"{file.Address}: {difference}. What came was thrown away; try once more, and if it stays so, the file was changed at its source.");
        }

        part.Finish();
        return new DownloadedFile(path, length, sums.Sha256, WasThere: false);
    }

    /// <summary>Gets a short text, such as a list of checksums.</summary>
    /// <param name="file">Where it is.</param>
    /// <param name="stop">Stops the work.</param>
    /// <returns>The text.</returns>
    /// <exception cref="DownloadException">It could not be had, or is long.</exception>
    public async Task<string> FetchTextAsync(RemoteFile file, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        return (await FetchPageAsync(file with { MaxBytes = MaxTextBytes }, stop).ConfigureAwait(false)).Text;
    }

    /// <summary>Gets a text that may go on at another address, such as the first of the pages of a list.</summary>
    /// <param name="file">Where it is, and how long it may be.</param>
    /// <param name="stop">Stops the work.</param>
    /// <returns>The text, and where the next page is.</returns>
    /// <exception cref="DownloadException">It could not be had, or is too long.</exception>
    public async Task<RemotePage> FetchPageAsync(RemoteFile file, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        AddressRules.Check(file.Address);
        return await _retries.ExecuteAsync(async stopping => await _request.PageAsync(file, stopping).ConfigureAwait(false), stop).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _request.Dispose();

    private static async Task<DownloadedFile> CheckAsync(RemoteFile file, string path, CancellationToken stop)
    {
        using var stream = File.OpenRead(path);
        FileChecksums sums = await FileChecksums.OfAsync(stream, file, stop).ConfigureAwait(false);
        string? difference = file.Length is { } length && length != stream.Length ? $"expected {length} bytes but found {stream.Length}" : sums.Difference(file);
        return difference is null
            ? new DownloadedFile(path, stream.Length, sums.Sha256, WasThere: true)
            : throw new DownloadException($"{path} is there, and is not what it should be: {difference}. Delete it and call again.");
    }

    // A long file over a bad line may need more tries than that: the count begins anew whenever more is there than ever before.
    private async Task FetchWholeAsync(RemoteFile file, PartialFile part, Action<long, long?>? progress, CancellationToken stop)
    {
        long most = part.Length;
        while (true)
        {
            try
            {
                await _retries.ExecuteAsync(async stopping => await _request.AppendAsync(file, part, progress, stopping).ConfigureAwait(false), stop).ConfigureAwait(false);
                return;
            }
            catch (DownloadException error) when (error.IsTransient && part.Length > most)
            {
                most = part.Length;
            }
        }
    }
}
