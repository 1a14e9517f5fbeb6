namespace ThinkRec.Data.Preparation;

/// <summary>Passes text on, and refuses a record that is longer than any known format has, however many lines and fields it is made of.</summary>
internal sealed class RecordLimitReader(TextReader inner, string path) : TextReader
{
    private int _line = 1;
    private int _length;

    /// <summary>Says that a record begins; what was read ahead of it is not counted.</summary>
    /// <param name="line">The line it begins on.</param>
    public void Begin(int line) => (_line, _length) = (line, 0);

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
        _length += read;
        return _length <= RawLineReader.MaxLineBytes
            ? read
            : throw DataFormatException.At(path, _line, $"expected a line of at most {RawLineReader.MaxLineBytes} characters but found a longer one. Give the original file, one row a line, with every quote closed.");
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
