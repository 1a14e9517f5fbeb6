using System.Text;

namespace ThinkRec.Data.Preparation;

/// <summary>Streams the lines of a plain or gzipped file as bytes. Lines end in LF or CR LF; a byte-order mark is left out.</summary>
internal sealed class RawLineReader(string path, ReadMeter? meter = null) : IDisposable
{
    /// <summary>A longer line is refused: no known format has one, and memory must not grow with what is in the file.</summary>
    public const int MaxLineBytes = 1 << 24;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private readonly Stream _stream = RawFile.OpenOnce(path, meter);
    private byte[] _buffer = new byte[1 << 17];
    private int _start;
    private int _end;
    private int _lineStart;
    private int _lineLength;
    private bool _isAtEnd;

    /// <summary>Number of the line from 1.</summary>
    public int Line { get; private set; }

    /// <summary>The line without its end; good until the next.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(_lineStart, _lineLength);

    /// <summary>Reads the lines as text. A line that is not in the encoding is malformed.</summary>
    /// <exception cref="DataFormatException">The file is empty, damaged, or has a line that is too long.</exception>
    public static IEnumerable<(int Line, string Text)> Texts(string path, Encoding encoding, MalformedLines malformed)
    {
        using var reader = new RawLineReader(path, malformed.Meter);
        while (reader.Next())
        {
            if (reader.Decode(encoding) is { } text)
            {
                yield return (reader.Line, text);
            }
            else
            {
                malformed.Add(path, reader.Line, "expected UTF-8 text but found other bytes.");
            }
        }
        reader.RefuseEmpty();
    }

    /// <summary>Throws when there was no line at all.</summary>
    public void RefuseEmpty()
    {
        if (Line == 0)
        {
            throw DataFormatException.At(path, 1, "the file is empty. Download it again.");
        }
    }

    /// <summary>Moves to the next line.</summary>
    public bool Next()
    {
        var scanned = 0;
        while (true)
        {
            var found = _buffer.AsSpan(_start + scanned, _end - _start - scanned).IndexOf((byte)'\n');
            if (found >= 0)
            {
                Take(scanned + found, 1);
                return true;
            }
            scanned = _end - _start;
            if (_isAtEnd)
            {
                if (scanned == 0)
                {
                    return false;
                }
                Take(scanned, 0);
                return true;
            }
            Fill();
        }
    }

    public void Dispose() => _stream.Dispose();

    private string? Decode(Encoding encoding)
    {
        try
        {
            return encoding.GetString(Bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private void Take(int length, int lineEnd)
    {
        (_lineStart, _lineLength) = (_start, length);
        _start += length + lineEnd;
        if (_lineLength > 0 && _buffer[_lineStart + _lineLength - 1] == '\r')
        {
            _lineLength--;
        }
        if (Line++ == 0 && Bytes.StartsWith(ByteOrderMark))
        {
            (_lineStart, _lineLength) = (_lineStart + ByteOrderMark.Length, _lineLength - ByteOrderMark.Length);
        }
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= MaxLineBytes)
            {
                throw DataFormatException.At(path, Line + 1, $"expected a line of at most {MaxLineBytes} bytes but found a longer one. Give the original file, one row a line.");
            }
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
        var read = _stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _isAtEnd = read == 0;
    }
}
