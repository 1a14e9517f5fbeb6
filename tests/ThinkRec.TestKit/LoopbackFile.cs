using System.Globalization;

namespace ThinkRec.TestKit;

/// <summary>Answers for one file as servers of files do: whole, or from where a client stopped.</summary>
/// <param name="Content">The file.</param>
public sealed record LoopbackFile(byte[] Content)
{
    /// <summary>The version that the server names, quotes included; null names none.</summary>
    public string? ETag { get; init; } = "\"v1\"";

    /// <summary>Answers a request.</summary>
    /// <param name="request">What was asked.</param>
    /// <returns>206 with the rest when it fits, 416 when there is none, else 200 with the whole.</returns>
    public LoopbackReply Answer(LoopbackRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        string[] headers = ETag is null ? [] : ["ETag: " + ETag];
        if (request.Range is not { } range || request.IfRange != ETag)
        {
            return new LoopbackReply(200, "") { Bytes = Content, Headers = headers };
        }

        int from = int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture);
        return from >= Content.Length
            ? new LoopbackReply(416, "") { Headers = [$"Content-Range: bytes */{Content.Length}"] }
            : new LoopbackReply(206, "") { Bytes = Content[from..], Headers = [.. headers, $"Content-Range: bytes {from}-{Content.Length - 1}/{Content.Length}"] };
    }
}
