namespace ThinkRec.Downloads;

/// <summary>Ends a wait when nothing has come for a while, and says of network errors what they mean.</summary>
internal sealed class Silence(TimeSpan limit, TimeProvider time, CancellationToken stop) : IDisposable
{
    private readonly CancellationTokenSource _limit = new(limit, time);

    /// <summary>Waits for one step.</summary>
    /// <exception cref="DownloadException">Nothing came in time, or the connection broke.</exception>
    public async Task<T> WatchAsync<T>(RemoteFile file, Func<CancellationToken, Task<T>> step)
    {
        _limit.CancelAfter(limit);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token, stop);
        try
        {
            return await step(both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!stop.IsCancellationRequested)
        {
            throw new DownloadException(FormattableString.Invariant($"{file.Address} was silent for {limit.TotalSeconds} s. Call again to go on; what has come is kept."), error) { IsTransient = true };
        }
        catch (HttpRequestException error) when (error.HttpRequestError is HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            throw new DownloadException($"{file.Address} cannot be reached: {error.Message} Check the network, its proxy and its certificates.", error);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw new DownloadException($"{file.Address} was not reached or broke off: {error.Message} Call again to go on; what has come is kept.", error) { IsTransient = true };
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _limit.Dispose();
}
