using System.Buffers.Binary;
using System.Text;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

/// <summary>Damaged and hostile files.</summary>
public sealed class SafetensorsDamageTests : Support.TensorTest
{
    private const int Mutations = 3000;
    private const string Sound = """{"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"I64","shape":[1],"data_offsets":[8,16]}}""";

    public static TheoryData<string, string> Headers => new()
    {
        { "not JSON", "{\"a\":" },
        { "not an object", "[1, 2]" },
        { "null", "null    " },
        { "bytes that are not UTF-8", "{\"\uFFFF\":1}" },
        { "an entry that is no object", """{"a":7}""" },
        { "no dtype", """{"a":{"shape":[4],"data_offsets":[0,16]}}""" },
        { "unknown dtype", """{"a":{"dtype":"F8_E4M3","shape":[16],"data_offsets":[0,16]}}""" },
        { "dtype that is no text", """{"a":{"dtype":7,"shape":[4],"data_offsets":[0,16]}}""" },
        { "no shape", """{"a":{"dtype":"F32","data_offsets":[0,16]}}""" },
        { "negative size", """{"a":{"dtype":"F32","shape":[-2,-2],"data_offsets":[0,16]}}""" },
        { "size that is no whole number", """{"a":{"dtype":"F32","shape":[4.5],"data_offsets":[0,16]}}""" },
        { "size beyond 64 bits", """{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,16]}}""" },
        { "product beyond 64 bits", """{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,16]}}""" },
        { "product that wraps to a fitting size", """{"a":{"dtype":"F32","shape":[4611686018427387905,4],"data_offsets":[0,16]}}""" },
        { "empty tensor with sizes beyond 64 bits", """{"a":{"dtype":"F32","shape":[0,4611686018427387904,64],"data_offsets":[0,0]},"b":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""" },
        { "rank 17", """{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,4],"data_offsets":[0,16]}}""" },
        { "one offset", """{"a":{"dtype":"F32","shape":[4],"data_offsets":[16]}}""" },
        { "offsets in reverse", """{"a":{"dtype":"F32","shape":[4],"data_offsets":[16,0]}}""" },
        { "negative offset", """{"a":{"dtype":"F32","shape":[4],"data_offsets":[-8,8]}}""" },
        { "offsets that do not fit the shape", """{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,16]}}""" },
        { "offsets beyond the data", """{"a":{"dtype":"F32","shape":[8],"data_offsets":[0,32]}}""" },
        { "data that belongs to no tensor", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""" },
        { "overlap", """{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""" },
        { "hole", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""" },
        { "a name twice", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""" },
        { "metadata that is no object", """{"__metadata__":7,"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""" },
        { "metadata that is no text", """{"__metadata__":{"k":7},"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""" },
        { "nested too deeply", """{"a":[[[[[[[[[[1]]]]]]]]]]}""" },
        { "half a surrogate pair", """{"\ud800":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""" },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void A_damaged_header_is_refused_by_the_files_name(string damage, string header)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        AssertRefused(File(damage.Contains("UTF-8", StringComparison.Ordinal) ? [.. json.Select(b => b > 0x7F ? (byte)0xFF : b)] : json, new byte[16]));
    }

    [Fact]
    public void Damaged_lengths_are_refused_by_the_files_name()
    {
        byte[] sound = File(Encoding.UTF8.GetBytes(Sound), new byte[16]);
        AssertRefused([]);
        AssertRefused(sound[..7]);
        AssertRefused(sound[..9]);
        AssertRefused(sound[..60]);
        AssertRefused(sound[..^1]);
        AssertRefused([.. sound, 0]);
        AssertRefused([0, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
        foreach (ulong length in new ulong[] { ulong.MaxValue, 1UL << 63, long.MaxValue, 100_000_001, (ulong)sound.Length - 7 })
        {
            byte[] copy = [.. sound];
            BinaryPrimitives.WriteUInt64LittleEndian(copy, length);
            AssertRefused(copy);
        }
    }

    [Fact]
    public void A_missing_file_or_tensor_is_named()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(folder.File("no"), Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(folder.File("no"))).Message, StringComparison.Ordinal);
        Assert.Contains(folder.FullPath, Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(folder.FullPath)).Message, StringComparison.Ordinal);
        System.IO.File.WriteAllBytes(folder.File("x"), File(Encoding.UTF8.GetBytes(Sound), new byte[16]));
        using var file = SafetensorsFile.Open(folder.File("x"));
        var refused = Assert.Throws<CheckpointException>(() => file.Read("c"));
        Assert.Contains("'c'", refused.Message, StringComparison.Ordinal);
        Assert.Contains(folder.File("x"), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_damage_gives_a_checkpoint_exception_or_a_sound_file()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("x");
        byte[] sound = File(Encoding.UTF8.GetBytes(Sound), [.. Enumerable.Range(0, 16).Select(i => (byte)i)]);
        int refused = 0;
        for (int seed = 0; seed < Mutations; seed++)
        {
            System.IO.File.WriteAllBytes(path, Mutate(sound, new Random(seed)));
            try
            {
                using var scope = TensorScope.Begin();
                using var file = SafetensorsFile.Open(path);
                Assert.All(file.Keys, key => Assert.Equal(file.Describe(key).Shape, file.Read(key, requireFinite: seed % 2 == 0).Shape.ToArray()));
            }
            catch (CheckpointException e)
            {
                refused++;
                Assert.Contains(path, e.Message, StringComparison.Ordinal);
            }
            catch (Exception e)
            {
                Assert.Fail($"Seed {seed}: {e}");
            }
        }

        Assert.InRange(refused, Mutations / 2, Mutations - 1);
    }

    private static void AssertRefused(byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("weights.safetensors");
        System.IO.File.WriteAllBytes(path, bytes);

        var refused = Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(path));

        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
    }

    private static byte[] File(byte[] header, byte[] data)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return [.. length, .. header, .. data];
    }

    private static byte[] Mutate(byte[] sound, Random random)
    {
        List<byte> bytes = [.. sound];
        string alphabet = "{}[]\",:0123456789-eEFIUB\\u ";
        for (int i = random.Next(1, 5); i > 0 && bytes.Count > 0; i--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)alphabet[random.Next(alphabet.Length)];
                    break;
                case 2:
                    bytes.Insert(at, (byte)alphabet[random.Next(alphabet.Length)]);
                    bytes[0]++; // keeps the header's length right
                    break;
                case 3:
                    bytes.RemoveAt(at);
                    bytes = bytes.Count == 0 ? bytes : [(byte)(bytes[0] - 1), .. bytes[1..]];
                    break;
                case 4:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    int count = random.Next(Math.Min(20, bytes.Count - at)) + 1;
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, count));
                    break;
            }
        }

        return [.. bytes];
    }
}
