using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Runs;

/// <summary>Writes the numbers of a training as TensorBoard's event files, one file for each process that trains.</summary>
/// <remarks>A file is a row of records (length, its checksum, bytes, their checksum: TensorFlow's record format), each an Event in protocol buffers'
/// wire format: time (1), step (2), version (3) or summary (5) of tag (1) and number (2). Tags are STAGE/NAME; values of epochs have /epoch behind them.</remarks>
internal sealed class TensorBoardLog(string folder, TimeProvider time)
{
    private string? _path;

    /// <summary>Adds the numbers of a step or an epoch; the first call makes the file.</summary>
    internal void Add(TrainingRecord record, bool isEpoch)
    {
        using var bytes = new MemoryStream();
        double now = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
        if (_path is null)
        {
            Directory.CreateDirectory(folder);
            string name = string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{(long)now}.thinkrec.{Environment.ProcessId}");
            _path = Path.Combine(folder, name);
            WriteRecord(bytes, Event(now, 0, file => Text(file, 3, "brain.Event:2")));
        }

        WriteRecord(bytes, Event(now, record.Step, file => Message(file, 5, summary =>
        {
            foreach ((string name, double value) in record.Values)
            {
                Message(summary, 1, one =>
                {
                    Text(one, 1, $"{record.Stage}/{name}{(isEpoch ? "/epoch" : "")}");
                    Tag(one, 2, wire: 5);
                    Span<byte> number = stackalloc byte[sizeof(float)];
                    BinaryPrimitives.WriteSingleLittleEndian(number, (float)value);
                    one.Write(number);
                });
            }
        })));
        using var stream = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.Read);
        bytes.WriteTo(stream);
    }

    private static byte[] Event(double now, long step, Action<MemoryStream> content)
    {
        using var bytes = new MemoryStream();
        Tag(bytes, 1, wire: 1);
        Span<byte> number = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(number, now);
        bytes.Write(number);
        if (step != 0)
        {
            Tag(bytes, 2, wire: 0);
            Varint(bytes, (ulong)step);
        }

        content(bytes);
        return bytes.ToArray();
    }

    private static void WriteRecord(Stream stream, byte[] data)
    {
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)data.Length);
        stream.Write(length);
        WriteChecksum(stream, length);
        stream.Write(data);
        WriteChecksum(stream, data);
    }

    /// <summary>CRC-32C, turned and shifted so that checksums of data that holds checksums stay apart.</summary>
    private static void WriteChecksum(Stream stream, ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, BitOperations.RotateRight(~crc, 15) + 0xa282ead8);
        stream.Write(bytes);
    }

    private static void Message(MemoryStream stream, int field, Action<MemoryStream> content)
    {
        using var inner = new MemoryStream();
        content(inner);
        Tag(stream, field, wire: 2);
        Varint(stream, (ulong)inner.Length);
        inner.WriteTo(stream);
    }

    private static void Text(MemoryStream stream, int field, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Tag(stream, field, wire: 2);
        Varint(stream, (ulong)bytes.Length);
        stream.Write(bytes);
    }

    private static void Tag(MemoryStream stream, int field, int wire) => stream.WriteByte((byte)((field << 3) | wire));

    private static void Varint(MemoryStream stream, ulong value)
    {
        while (value >= 0x80)
        {
            stream.WriteByte((byte)(value | 0x80));
            value >>= 7;
        }

        stream.WriteByte((byte)value);
    }
}
