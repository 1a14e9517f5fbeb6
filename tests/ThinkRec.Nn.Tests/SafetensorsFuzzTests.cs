using System.Text;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

/// <summary>Damaged files are refused by <see cref="CheckpointException"/> or read in full; nothing else happens.</summary>
public sealed class SafetensorsFuzzTests : NnTest
{
    /// <summary>Files to try; THINKREC_FUZZ asks for more.</summary>
    private static readonly int Cases = int.Parse(Environment.GetEnvironmentVariable("THINKREC_FUZZ") ?? "3000", System.Globalization.CultureInfo.InvariantCulture);

    private static readonly string[] Pieces =
        ["{", "}", "[", "]", ",", ":", "\"", "0", "-1", "1e999", "9223372036854775807", "18446744073709551616", "null", "true", "\\ud800", "dtype",
        "shape", "data_offsets", "__metadata__", "F64", "BOOL", " ", "\0", "\"a\":{}", "[[[[[[[["];

    [Fact]
    public void Thousands_of_mutated_files_give_nothing_but_checkpoint_exceptions()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        SafetensorsWriter.Write(folder.File("good"),
            [("a", Tensor.Zeros([2, 3])), ("b", Tensor.Arange(4)), ("c", Tensor.Zeros([5], DType.Bool))], new Dictionary<string, string> { ["k"] = "v" });
        byte[] good = File.ReadAllBytes(folder.File("good"));
        int refused = 0;
        for (int seed = 0; seed < Cases; seed++)
        {
            File.WriteAllBytes(folder.File("f"), Mutated(good, new SplitMix((ulong)seed)));
            refused += IsRefused(folder.File("f"), seed) ? 1 : 0;
        }

        Assert.InRange(refused, Cases / 2, Cases);
    }

    private static bool IsRefused(string path, int seed)
    {
        using var scope = TensorScope.Begin();
        try
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            foreach (string key in file.Keys)
            {
                TensorInfo info = file.Describe(key);
                Tensor tensor = file.Read(key);
                Assert.Equal(info.Shape, tensor.Shape.ToArray());
            }

            return false;
        }
        catch (CheckpointException)
        {
            return true;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"seed {seed}: {e.GetType().Name}", e);
        }
    }

    private static byte[] Mutated(byte[] good, SplitMix random)
    {
        var bytes = new List<byte>(good);
        int header = (int)BitConverter.ToInt64(good);
        for (int change = random.Below(3); change >= 0; change--)
        {
            int at = random.Below(4) == 0 ? random.Below(bytes.Count) : Math.Min(8 + random.Below(header), bytes.Count - 1);
            byte[] piece = Encoding.UTF8.GetBytes(Pieces[random.Below(Pieces.Length)]);
            switch (random.Below(5))
            {
                case 0:
                    bytes[at] = (byte)random.Below(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Below(9), bytes.Count - at));
                    break;
                case 2:
                    bytes.InsertRange(at, piece);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Below(60), bytes.Count - at)));
                    break;
                default:
                    bytes[at] = (byte)('0' + random.Below(10));
                    break;
            }
        }

        // Often the length field is put right again, so that the header's content is what is tested.
        if (random.Below(4) != 0 && bytes.Count > good.Length - header)
        {
            byte[] length = BitConverter.GetBytes((long)(header + bytes.Count - good.Length));
            bytes.RemoveRange(0, 8);
            bytes.InsertRange(0, length);
        }

        return [.. bytes];
    }

    private sealed class SplitMix(ulong seed)
    {
        private ulong _state = seed;

        internal int Below(int bound)
        {
            ulong z = _state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return (int)((z ^ (z >> 31)) % (ulong)bound);
        }
    }
}
