namespace ThinkRec.Data.Preparation;

/// <summary>Tells how far the reading of raw files is.</summary>
/// <param name="tell">Told often, from the thread that reads.</param>
public sealed class ReadMeter(Action<ReadProgress> tell)
{
    private long _rows;

    /// <summary>Counts a row of the log.</summary>
    internal void CountRow() => _rows++;

    /// <summary>Watches a file that is about to be read.</summary>
    /// <returns>What to read instead, which passes everything on.</returns>
    internal Stream Watch(FileStream file) => new Watched(file, this);

    private sealed class Watched(FileStream file, ReadMeter meter) : Stream
    {
        private readonly string _name = Path.GetFileName(file.Name);
        private readonly long _length = file.Length;
        private long _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => _length;

        public override long Position
        {
            get => _read;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var count = file.Read(buffer);
            _read += count;
            meter.Tell(new ReadProgress(_name, _read, _length, meter._rows));
            return count;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                file.Dispose();
            }
            base.Dispose(disposing);
        }
    }

    private void Tell(ReadProgress progress) => tell(progress);
}
