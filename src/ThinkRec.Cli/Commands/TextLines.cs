using System.Text;

namespace ThinkRec.Cli.Commands;

/// <summary>Lines of UTF-8 text, of any length and number.</summary>
/// <param name="stream">Read once, from where it is.</param>
/// <param name="name">What messages call it.</param>
/// <remarks>Only a line feed ends a line, with a carriage return before it or not: what else may stand in a text stays in it.</remarks>
internal sealed class TextLines(Stream stream, string name)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private byte[] _bytes = new byte[1 << 16];
    private int _start;
    private int _end;

    /// <summary>Reads to the end; the last line need not be ended.</summary>
    /// <returns>Line numbers from 1, and the lines without their ends.</returns>
    /// <exception cref="InvalidDataException">A line is not UTF-8.</exception>
    public IEnumerable<(int Line, string Text)> Read()
    {
        int searched = 0;
        for (int line = 1; ;)
        {
            int length = _bytes.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (length >= 0)
            {
                length += searched;
                yield return (line, Decode(line, length));
                _start += length + 1;
                searched = 0;
                line++;
                continue;
            }

            searched = _end - _start;
            if (!Fill())
            {
                if (searched > 0)
                {
                    yield return (line, Decode(line, searched));
                }

                yield break;
            }
        }
    }

    private bool Fill()
    {
        if (_end == _bytes.Length)
        {
            byte[] bytes = _end - _start > _bytes.Length / 2 ? new byte[checked(_bytes.Length * 2)] : _bytes;
            _bytes.AsSpan(_start, _end - _start).CopyTo(bytes);
            (_bytes, _start, _end) = (bytes, 0, _end - _start);
        }

        int read = stream.Read(_bytes.AsSpan(_end));
        _end += read;
        return read > 0;
    }

    private string Decode(int line, int length)
    {
        ReadOnlySpan<byte> bytes = _bytes.AsSpan(_start, length);
        try
        {
            return Utf8.GetString(bytes is [.., (byte)'\r'] ? bytes[..^1] : bytes);
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidDataException($"{name}:{line}: expected UTF-8 text but found other bytes. Convert it to UTF-8, or unpack it.", exception);
        }
    }
}
