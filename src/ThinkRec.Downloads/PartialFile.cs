using System.Net.Http.Headers;
using System.Text.Json;
using ThinkRec.Files;

namespace ThinkRec.Downloads;

/// <summary>What has come of a file so far: FILE.part, and beside it what the server said about it, so that a later call can go on.</summary>
internal sealed class PartialFile : IDisposable
{
    private readonly string _target;
    private readonly string _statePath;
    private readonly FileStream _stream;
    private State _state;

    private PartialFile(string target, Uri address)
    {
        (_target, Path, _statePath) = (target, target + ".part", target + ".part.json");
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(target))!);
        try
        {
            _stream = new FileStream(Path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0); // a killed call loses nothing
        }
        catch (IOException error) when (File.Exists(Path) && error is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException))
        {
            throw new DownloadException($"{Path} is in use: another download of it seems to run. Wait for it, or choose another folder.", error);
        }

        _state = ReadState(address.AbsoluteUri) ?? new State(address.AbsoluteUri, null, null, null);
        if (_state.Validator is null)
        {
            _stream.SetLength(0); // nothing could show that the rest belongs to it
        }

        _stream.Seek(0, SeekOrigin.End);
    }

    /// <summary>Where the part lies.</summary>
    public string Path { get; }

    /// <summary>Bytes that are there.</summary>
    public long Length => _stream.Length;

    /// <summary>Bytes that there will be, as the server said; null where it did not.</summary>
    public long? Total => _state.Total;

    /// <summary>What <c>If-Range</c> needs to go on with what is there; null when it begins anew.</summary>
    public RangeConditionHeaderValue? Condition => Length == 0 || _state.Validator is null ? null
        : _state.ETag is { } tag ? new RangeConditionHeaderValue(tag)
        : new RangeConditionHeaderValue(_state.LastModified!.Value);

    /// <summary>Opens what is there, or nothing yet.</summary>
    /// <exception cref="DownloadException">Another process is at it.</exception>
    public static PartialFile Open(string target, Uri address) => new(target, address);

    /// <summary>Whether a rest that the server offers is that of what is there.</summary>
    public bool Continues(HttpResponseMessage response) =>
        response.Content.Headers.ContentRange is { From: { } from } range && from == Length
        && (range.Length is null || Total is null || range.Length == Total)
        && (_state.ETag is null || response.Headers.ETag is null || response.Headers.ETag.ToString() == _state.ETag);

    /// <summary>Begins anew with what a server says about the whole.</summary>
    public void Restart(HttpResponseMessage? response)
    {
        _stream.SetLength(0);
        EntityTagHeaderValue? tag = response?.Headers.ETag;
        _state = _state with
        {
            ETag = tag is { IsWeak: false } ? tag.ToString() : null,
            LastModified = response?.Content.Headers.LastModified,
            Total = response?.Content.Headers.ContentLength,
        };
        AtomicFile.WriteAllText(_statePath, JsonSerializer.Serialize(_state));
    }

    /// <summary>Appends bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => _stream.Write(bytes);

    /// <summary>Reads all that is there from its beginning.</summary>
    public Stream Rewound()
    {
        _stream.Flush(flushToDisk: true);
        _stream.Seek(0, SeekOrigin.Begin);
        return _stream;
    }

    /// <summary>Gives the whole file its name.</summary>
    public void Finish()
    {
        _stream.Dispose();
        File.Move(Path, _target, overwrite: false);
        File.Delete(_statePath);
    }

    /// <summary>Removes what is there.</summary>
    public void Discard()
    {
        _stream.Dispose();
        File.Delete(Path);
        File.Delete(_statePath);
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private State? ReadState(string address)
    {
        try
        {
            var state = JsonSerializer.Deserialize<State>(File.ReadAllText(_statePath));
            return state is not null && state.Address == address && (state.ETag is null || EntityTagHeaderValue.TryParse(state.ETag, out _)) && !(Length > state.Total) ? state : null;
        }
        catch (Exception error) when (error is IOException or JsonException)
        {
            return null;
        }
    }

    private sealed record State(string Address, string? ETag, DateTimeOffset? LastModified, long? Total)
    {
        internal object? Validator => ETag ?? (object?)LastModified;
    }
}
