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

    private sealed class Watched(FileStream file, ReadMeter meter) : OnePassStream(file)
    {
        private readonly string _name = Path.GetFileName(file.Name);

        public override long Length { get; } = file.Length;

        public override int Read(Span<byte> buffer)
        {
            var count = base.Read(buffer);
            meter.Tell(new ReadProgress(_name, Position, Length, meter._rows));
            return count;
        }
    }

    private void Tell(ReadProgress progress) => tell(progress);
}
