using System.Buffers.Binary;
using System.Text;
using ThinkRec.TestKit;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Runs;

namespace ThinkRec.Training.Tests.Runs;

public sealed class TensorBoardLogTests
{
    [Fact]
    public void The_file_begins_as_TensorFlow_begins_its_own()
    {
        // Length 24 and its checksum, as every event file has them, then the time's tag.
        byte[] known = [24, 0, 0, 0, 0, 0, 0, 0, 0xa3, 0x7f, 0x4b, 0x22, 0x09];

        byte[] file = Write((new TrainingRecord("thinking", 0, 40, 200, new Dictionary<string, double> { ["loss"] = 0.5 }), false));

        Assert.Equal(known, file[..known.Length]);
        Assert.Equal("brain.Event:2", Encoding.UTF8.GetString(file, 12 + 11, 13));
    }

    [Fact]
    public void Every_number_is_there_under_its_stage_and_step()
    {
        byte[] file = Write(
            (new TrainingRecord("thinking", 0, 300, 999, new Dictionary<string, double> { ["loss"] = 0.5, ["learningRate"] = 1e-3 }), false),
            (new TrainingRecord("thinking", 1, 301, 999, new Dictionary<string, double> { ["auc"] = 0.75 }), true));

        Assert.Equal(
            [(300, "thinking/loss", 0.5f), (300, "thinking/learningRate", 1e-3f), (301, "thinking/auc/epoch", 0.75f)],
            Records(file).Skip(1).SelectMany(Scalars));
    }

    private static byte[] Write(params (TrainingRecord Record, bool IsEpoch)[] records)
    {
        using var folder = new TemporaryFolder();
        var log = new TensorBoardLog(folder.File("tensorboard"), TimeProvider.System);
        foreach ((TrainingRecord record, bool isEpoch) in records)
        {
            log.Add(record, isEpoch);
        }

        return File.ReadAllBytes(Assert.Single(Directory.GetFiles(folder.File("tensorboard"))));
    }

    /// <summary>Splits the file; its last record must end where the file does.</summary>
    private static IEnumerable<byte[]> Records(byte[] file)
    {
        for (int at = 0; at < file.Length;)
        {
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            yield return file[(at + 12)..(at + 12 + length)];
            at += 12 + length + 4;
            Assert.True(at <= file.Length);
        }
    }

    private static IEnumerable<(long Step, string Tag, float Value)> Scalars(byte[] record)
    {
        var fields = Fields(record).ToList();
        Assert.True(BinaryPrimitives.ReadDoubleLittleEndian(fields.Single(f => f.Field == 1).Bytes) > 1.7e9);
        long step = fields.Single(f => f.Field == 2).Number;
        foreach ((int _, long _, byte[] value) in Fields(fields.Single(f => f.Field == 5).Bytes))
        {
            var parts = Fields(value).ToList();
            yield return (step, Encoding.UTF8.GetString(parts.Single(f => f.Field == 1).Bytes), BinaryPrimitives.ReadSingleLittleEndian(parts.Single(f => f.Field == 2).Bytes));
        }
    }

    private static IEnumerable<(int Field, long Number, byte[] Bytes)> Fields(byte[] message)
    {
        int at = 0;
        while (at < message.Length)
        {
            int tag = (int)Varint();
            long number = (tag & 7) is 0 or 2 ? Varint() : 0;
            int length = (tag & 7) switch { 0 => 0, 1 => 8, 2 => (int)number, _ => 4 };
            yield return (tag >> 3, number, message[at..(at + length)]);
            at += length;
        }

        long Varint()
        {
            long value = 0;
            int shift = 0;
            byte next;
            do
            {
                next = message[at++];
                value |= (long)(next & 0x7f) << shift;
                shift += 7;
            }
            while (next >= 0x80);

            return value;
        }
    }
}
