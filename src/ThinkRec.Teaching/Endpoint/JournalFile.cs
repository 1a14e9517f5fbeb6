using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ThinkRec.Data;

namespace ThinkRec.Teaching.Endpoint;

/// <summary>A header and answers as JSON lines, each flushed to disk. Threads may share it.</summary>
/// <remarks>A last line without its end is one that was being written when the process died; it is dropped.</remarks>
internal sealed class JournalFile : IDisposable
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly Lock _lock = new();
    private readonly FileStream _stream;
    private readonly string _path;
    private long _end;

    private JournalFile(string path, FileStream stream) => (_path, _stream) = (path, stream);

    /// <summary>Opens a journal, or begins one, and keeps others from it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="header">What its answers must be answers to.</param>
    /// <param name="differenceOf">Says where the header of the file differs from the one wanted; null when it does not.</param>
    /// <param name="found">Told every answer of the file in order.</param>
    /// <returns>The journal; dispose it.</returns>
    /// <exception cref="DataFormatException">A line is damaged, or the answers are to something else.</exception>
    /// <exception cref="IOException">Another process has it open, or it cannot be written.</exception>
    public static JournalFile Open<THeader, TAnswer>(string path, THeader header, Func<THeader, string?> differenceOf, Action<TAnswer> found)
    {
        FileStream stream;
        try
        {
            stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error) when (error is not (FileNotFoundException or DirectoryNotFoundException))
        {
            throw new IOException($"{path} cannot be opened: {error.Message} Does another call work on it? Wait for its end, or name another --journal.", error);
        }

        var journal = new JournalFile(path, stream);
        try
        {
            journal.ReadAll(header, differenceOf, found);
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>Writes an answer and waits until the disk has it.</summary>
    /// <param name="answer">The answer.</param>
    public void Add<TAnswer>(TAnswer answer)
    {
        lock (_lock)
        {
            Append(JsonSerializer.SerializeToUtf8Bytes(answer, Json));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private void ReadAll<THeader, TAnswer>(THeader wanted, Func<THeader, string?> differenceOf, Action<TAnswer> found)
    {
        var bytes = new byte[_stream.Length];
        _stream.ReadExactly(bytes);
        _end = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        var header = JsonSerializer.SerializeToUtf8Bytes(wanted, Json);
        if (_end == 0 && header.AsSpan().StartsWith(bytes)) // a new file, or one whose first line was being written
        {
            Append(header);
            return;
        }

        var line = 0;
        for (var start = 0; start < _end || line == 0;)
        {
            var rest = bytes.AsSpan(start);
            var length = rest.IndexOf((byte)'\n') is var end and >= 0 ? end : rest.Length;
            line++;
            if (line > 1)
            {
                found(Parse<TAnswer>(rest[..length], line));
            }
            else if (differenceOf(Parse<THeader>(rest[..length], line)) is { } difference)
            {
                throw new DataFormatException($"{_path}: its answers are for {difference}. Call with the same values, or name another --journal.");
            }

            start += length + 1;
        }
    }

    /// <summary>Writes behind the last whole line, so that a part of one, left by a full disk or a killed process, is overwritten.</summary>
    private void Append(byte[] line)
    {
        _stream.SetLength(_end);
        _stream.Position = _end;
        _stream.Write([.. line, (byte)'\n']);
        _stream.Flush(flushToDisk: true);
        _end = _stream.Position;
    }

    private T Parse<T>(ReadOnlySpan<byte> text, int line)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(text, Json) ?? throw new JsonException("It is null.");
        }
        catch (JsonException error)
        {
            throw new DataFormatException($"{Path.GetFileName(_path)}:{line}: expected a journal's {(line == 1 ? "header" : "answer")} as JSON. {error.Message} Name another --journal, or remove the line.", error);
        }
    }
}
