using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace ThinkRec.Downloads;

/// <summary>One try at a file: the request, its redirects, and the bytes that come of it.</summary>
internal sealed class FileRequest : IDisposable
{
    private const int BufferBytes = 1 << 17;
    private readonly DownloadOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly HttpClient _local;

    public FileRequest(DownloadOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _http = Client(useProxy: true);
        _local = Client(useProxy: false);
    }

    public void Dispose()
    {
        _http.Dispose();
        _local.Dispose();
    }

    /// <summary>Appends what is missing of a file.</summary>
    /// <exception cref="DownloadException">It broke off or was refused.</exception>
    public async Task AppendAsync(RemoteFile file, PartialFile part, Action<long, long?>? progress, CancellationToken stop)
    {
        if (part.Length > 0 && part.Length == part.Total)
        {
            return;
        }

        using var silence = new Silence(_options.Silence, _time, stop);
        using HttpResponseMessage response = await SendAsync(file, file.Address, part, silence).ConfigureAwait(false);
        Begin(file, part, response);
        long? total = part.Total ?? file.Length;
        DiskSpace.Require($"{file.Address}", (total ?? 0) - part.Length, Path.GetDirectoryName(Path.GetFullPath(part.Path))!);
        progress?.Invoke(part.Length, total);
        using Stream content = await silence.WatchAsync(file, token => response.Content.ReadAsStreamAsync(token)).ConfigureAwait(false);
        var buffer = new byte[BufferBytes];
        for (int count; (count = await silence.WatchAsync(file, token => content.ReadAsync(buffer, token).AsTask()).ConfigureAwait(false)) > 0;)
        {
            if (part.Length + count > Math.Min(total ?? long.MaxValue, file.MaxBytes))
            {
                part.Restart(null);
                throw new DownloadException($"{file.Address} sends more than the {total ?? file.MaxBytes} bytes that it may have. It was stopped; the file was changed at its source.");
            }

            part.Append(buffer.AsSpan(0, count));
            progress?.Invoke(part.Length, total);
        }

        if (part.Length < total)
        {
            throw new DownloadException($"{file.Address} broke off after {part.Length} of {total} bytes. Call again to go on from there.") { IsTransient = true };
        }
    }

    /// <summary>Gets a text.</summary>
    public async Task<RemotePage> PageAsync(RemoteFile file, CancellationToken stop)
    {
        using var silence = new Silence(_options.Silence, _time, stop);
        using HttpResponseMessage response = await SendAsync(file, file.Address, null, silence).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw Refusal(file, response);
        }

        using Stream content = await silence.WatchAsync(file, token => response.Content.ReadAsStreamAsync(token)).ConfigureAwait(false);
        using var text = new MemoryStream();
        var buffer = new byte[BufferBytes];
        for (int count; (count = await silence.WatchAsync(file, token => content.ReadAsync(buffer, token).AsTask()).ConfigureAwait(false)) > 0;)
        {
            text.Write(buffer, 0, count);
            if (text.Length > file.MaxBytes)
            {
                throw new DownloadException($"{file.Address}: expected a short text but found more than {file.MaxBytes} bytes. The file may have moved.");
            }
        }

        return new RemotePage(Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length), RemotePage.NextOf(response));
    }

    private static HttpClient Client(bool useProxy) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false, // each one is looked at
        AutomaticDecompression = DecompressionMethods.None, // the bytes on disk are those of the server
        UseCookies = false,
        UseProxy = useProxy,
        ConnectTimeout = TimeSpan.FromSeconds(30),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan, // silence ends a request, not length
    };

    private async Task<HttpResponseMessage> SendAsync(RemoteFile file, Uri address, PartialFile? part, Silence silence)
    {
        for (int hops = 0; ; hops++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.UserAgent.Add(new ProductInfoHeaderValue("thinkrec", null));
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
            request.Headers.Authorization = file.BearerToken is { } token && AddressRules.IsSameServer(address, file.Address) ? new AuthenticationHeaderValue("Bearer", token) : null;
            if (part?.Condition is { } condition)
            {
                request.Headers.Range = new RangeHeaderValue(part.Length, null);
                request.Headers.IfRange = condition;
            }

            HttpResponseMessage response = await silence.WatchAsync(
                file, stopping => (address.IsLoopback ? _local : _http).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stopping)).ConfigureAwait(false);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is not { } location)
            {
                return response;
            }

            response.Dispose();
            var next = new Uri(address, location);
            AddressRules.CheckRedirect(file, next);
            address = hops < _options.MaxRedirects ? next : throw new DownloadException($"{file.Address} redirects more than {_options.MaxRedirects} times. The file may have moved.");
        }
    }

    // Goes on with the part, or begins anew where the server sends the whole.
    private void Begin(RemoteFile file, PartialFile part, HttpResponseMessage response)
    {
        if (response.Content.Headers.ContentEncoding.Any(encoding => encoding != "identity"))
        {
            throw new DownloadException($"{file.Address} answers in the encoding '{string.Join(", ", response.Content.Headers.ContentEncoding)}' which nobody asked for. The file may have moved.");
        }

        bool isWhole = response.StatusCode == HttpStatusCode.OK;
        long? offered = isWhole ? response.Content.Headers.ContentLength : response.Content.Headers.ContentRange?.Length;
        if (isWhole || response.StatusCode == HttpStatusCode.PartialContent)
        {
            if (offered is { } length && (length > file.MaxBytes || (file.Length is { } expected && expected != length)))
            {
                throw new DownloadException($"{file.Address}: expected {(file.Length is { } bytes ? $"{bytes}" : $"at most {file.MaxBytes}")} bytes but the server offers {length}. The file was changed at its source.");
            }

            if (offered is null && file.Length is null && !file.HasChecksum && part.Total is null)
            {
                throw new DownloadException($"{file.Address}: the server does not say how long the file is, and no checksum is known, so that nothing would show whether it is whole. Get it by hand.");
            }
        }

        if (isWhole)
        {
            part.Restart(response);
        }
        else if (response.StatusCode == HttpStatusCode.PartialContent && part.Continues(response))
        {
            // The rest follows.
        }
        else if (response.StatusCode is HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            part.Restart(null);
            throw new DownloadException($"{file.Address} does not go on where the last call stopped; it begins anew.") { IsTransient = true };
        }
        else
        {
            throw Refusal(file, response);
        }
    }

    private DownloadException Refusal(RemoteFile file, HttpResponseMessage response)
    {
        int status = (int)response.StatusCode;
        string message = $"{file.Address} answered {status}.";
        if (status is not (408 or 425 or 429 or >= 500))
        {
            return new DownloadException(message + (status is 401 or 403 ? " Check that you may have it." : " The file may have moved.")) { StatusCode = status };
        }

        RetryConditionHeaderValue? asked = response.Headers.RetryAfter;
        TimeSpan? wait = asked?.Delta ?? (asked?.Date is { } date ? date - _time.GetUtcNow() : null);
        return wait > _options.LongestWait
            ? new DownloadException(FormattableString.Invariant($"{message} It asks to wait {wait.Value.TotalMinutes:0} minutes. Call again then; what has come is kept.")) { StatusCode = status }
            : new DownloadException($"{message} Call again later; what has come is kept.") { StatusCode = status, IsTransient = true, RetryAfter = wait < TimeSpan.Zero ? TimeSpan.Zero : wait };
    }
}
