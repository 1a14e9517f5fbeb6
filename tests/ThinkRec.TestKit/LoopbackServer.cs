using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ThinkRec.TestKit;

/// <summary>What a client sent.</summary>
/// <param name="Number">Its place among all requests, from 0.</param>
/// <param name="Path">The path asked for.</param>
/// <param name="Authorization">The header of that name; null where there is none.</param>
/// <param name="Body">The body as UTF-8 text.</param>
public sealed record LoopbackRequest(int Number, string Path, string? Authorization, string Body)
{
    /// <summary>What part of the content is asked for, such as <c>bytes=5-</c>; null for the whole.</summary>
    public string? Range { get; init; }

    /// <summary>What the whole must be for a part to be of use.</summary>
    public string? IfRange { get; init; }
}

/// <summary>What the server answers, and how badly.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Body">The body.</param>
public sealed record LoopbackReply(int Status, string Body)
{
    /// <summary>The content's type.</summary>
    public string ContentType { get; init; } = "application/json";

    /// <summary>More header lines, such as <c>Retry-After: 1</c>.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];

    /// <summary>How long it waits before it answers.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Bytes of the body that are sent before the connection is closed; null sends all.</summary>
    public int? CutAfter { get; init; }

    /// <summary>The body where it is no text.</summary>
    public byte[]? Bytes { get; init; }

    /// <summary>How long the connection stays open and silent after the last byte.</summary>
    public TimeSpan Hold { get; init; }

    /// <summary>Whether the length of the body is kept back, as in a stream: its end is the end of the connection.</summary>
    public bool HasNoLength { get; init; }
}

/// <summary>A real HTTP server on a free port of this machine, which can break off anywhere.</summary>
public sealed class LoopbackServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<LoopbackRequest, LoopbackReply> _answer;
    private readonly ConcurrentQueue<LoopbackRequest> _requests = [];
    private readonly Task _accepting;
    private int _count;

    /// <summary>Starts the server.</summary>
    /// <param name="answer">Answers a request; called from several threads at the same time.</param>
    public LoopbackServer(Func<LoopbackRequest, LoopbackReply> answer)
    {
        _answer = answer;
        _listener.Start();
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/v1"));
        _accepting = AcceptAsync();
    }

    /// <summary>The base address of the endpoint.</summary>
    public Uri Address { get; }

    /// <summary>All requests so far that arrived whole.</summary>
    public IReadOnlyCollection<LoopbackRequest> Requests => _requests;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException)
        {
            // The end of the test.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                if (await ReadAsync(stream) is { } request)
                {
                    _requests.Enqueue(request);
                    await WriteAsync(stream, _answer(request));
                }
            }
            catch (Exception error) when (error is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
            {
                // The client went away.
            }
        }
    }

    private async Task<LoopbackRequest?> ReadAsync(NetworkStream stream)
    {
        var bytes = new List<byte>();
        var buffer = new byte[1 << 14];
        int head;
        while ((head = Encoding.Latin1.GetString([.. bytes]).IndexOf("\r\n\r\n", StringComparison.Ordinal)) < 0)
        {
            int count = await stream.ReadAsync(buffer, _stop.Token);
            if (count == 0)
            {
                return null;
            }

            bytes.AddRange(buffer.AsSpan(0, count));
        }

        string[] lines = Encoding.Latin1.GetString([.. bytes[..head]]).Split("\r\n");
        int length = int.Parse(Header(lines, "Content-Length") ?? "0", CultureInfo.InvariantCulture);
        while (bytes.Count < head + 4 + length)
        {
            int count = await stream.ReadAsync(buffer, _stop.Token);
            if (count == 0)
            {
                return null;
            }

            bytes.AddRange(buffer.AsSpan(0, count));
        }

        string body = Encoding.UTF8.GetString([.. bytes[(head + 4)..]]);
        return new LoopbackRequest(Interlocked.Increment(ref _count) - 1, lines[0].Split(' ')[1], Header(lines, "Authorization"), body)
        {
            Range = Header(lines, "Range"),
            IfRange = Header(lines, "If-Range"),
        };
    }

    private static string? Header(string[] lines, string name) => lines
        .FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();

    private async Task WriteAsync(NetworkStream stream, LoopbackReply reply)
    {
        await Task.Delay(reply.Delay, _stop.Token);
        byte[] body = reply.Bytes ?? Encoding.UTF8.GetBytes(reply.Body);
        string[] head =
        [
            string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {reply.Status} Told"),
            "Content-Type: " + reply.ContentType,
            "Connection: close",
            .. reply.HasNoLength ? Array.Empty<string>() : [string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}")],
            .. reply.Headers,
        ];
        await stream.WriteAsync(Encoding.Latin1.GetBytes(string.Join("\r\n", head) + "\r\n\r\n"), _stop.Token);
        await stream.WriteAsync(body.AsMemory(0, Math.Min(body.Length, reply.CutAfter ?? body.Length)), _stop.Token);
        await Task.Delay(reply.Hold, _stop.Token);
    }
}
