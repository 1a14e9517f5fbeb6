using System.Text;
using ThinkRec.Data;
using ThinkRec.Files;

namespace ThinkRec.Training.Vectors;

/// <summary>Lines of a text file of vectors, with their numbers; plain or gzipped.</summary>
internal sealed class VectorLines : IDisposable
{
    private const int MaxLength = 1 << 20; // the longest vectors, each number with all its digits, take a tenth of that
    private readonly StreamReader _reader;
    private readonly StringBuilder _text = new();

    internal VectorLines(string path)
    {
        Path = path;
        _reader = new StreamReader(RawFile.Open(path), AtomicFile.Utf8, detectEncodingFromByteOrderMarks: false);
    }

    internal string Path { get; }

    /// <summary>Number of the line that was read last, from 1.</summary>
    internal int Number { get; private set; }

    /// <summary>Reads a line without its end; null at the end of the file.</summary>
    internal string? Next()
    {
        _text.Clear();
        Number++;
        try
        {
            int read = _reader.Read();
            if (read < 0)
            {
                Number--;
                return null;
            }

            for (; read >= 0 && read != '\n'; read = _reader.Read())
            {
                _text.Append((char)read);
                if (_text.Length > MaxLength)
                {
                    throw Error($"expected at most {MaxLength} characters in a line but found more. Name a text file of vectors.");
                }
            }
        }
        catch (DecoderFallbackException error)
        {
            throw new DataFormatException(Error("expected UTF-8 text from here on but found other bytes. Save the vectors as text (in gensim with binary=False), or as .safetensors.").Message, error);
        }

        return (Number == 1 ? _text.ToString().TrimStart('\uFEFF') : _text.ToString()).TrimEnd('\r');
    }

    /// <summary>An error about the line that was read last.</summary>
    internal DataFormatException Error(string message) => DataFormatException.At(Path, Number, message);

    public void Dispose() => _reader.Dispose();
}
