namespace ThinkRec.Data.Preparation;

/// <summary>Passes text on, and refuses a line that is longer than any known format has.</summary>
internal sealed class LineLimitReader(TextReader inner, string path) : TextReader
{
    private int _line = 1;
    private int _length;

    public override int Peek() => inner.Peek();

    public override int Read()
    {
        Span<char> one = stackalloc char[1];
        return Read(one) == 0 ? -1 : one[0];
    }

    public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

    public override int Read(Span<char> buffer)
    {
        var read = inner.Read(buffer);
        var rest = buffer[..read];
        for (int end; (end = rest.IndexOf('\n')) >= 0; rest = rest[(end + 1)..])
        {
            _line++;
            _length = 0;
        }
        _length += rest.Length;
        return _length <= RawLineReader.MaxLineBytes
            ? read
            : throw DataFormatException.At(path, _line, $"expected a line of at most {RawLineReader.MaxLineBytes} characters but found a longer one. Give the original file, one row a line.");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }
        base.Dispose(disposing);
    }
}
