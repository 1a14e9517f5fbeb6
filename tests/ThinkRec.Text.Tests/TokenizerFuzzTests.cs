using System.Diagnostics;
using System.Text;
using ThinkRec.TestKit;

namespace ThinkRec.Text.Tests;

/// <summary>Damaged files are refused by <see cref="TokenizerFormatException"/> or make a tokenizer that works; nothing else happens.</summary>
/// <remarks>THINKREC_FUZZ sets the number of files; a million take about two minutes where TMPDIR is in memory.</remarks>
public sealed class TokenizerFuzzTests
{
    private const long MaxBytes = 96 << 20;
    private const string Text = "The cats sat, 12345 times…\n\n  <s>né</s>\uD83D 🙂[INST]'LL ▁ x";
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(20);

    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", ",", ":", "\"", "0", "-1", "1e999", "1048575", "2147483648", "null", "true", "\\ud800", "type", "content", "\"a\":{}", " ", "\0", "\n",
        "[[[[[[[[", "Sequence", "Split", "Replace", "\u2581", "<0x00>", "==", "##", "Strip", "ByteLevel", "NFD", "(?i:", "{1,9999}", "\u00FF", "\u007F",
    ];

    [Fact]
    public void Thousands_of_mutated_files_give_nothing_but_format_exceptions()
    {
        var cases = int.TryParse(Environment.GetEnvironmentVariable("THINKREC_FUZZ"), out var many) ? many : 3000;
        (string Kind, string File)[] targets = [.. MadeUpFiles.All.SelectMany(kind => kind.Value.Keys.Select(file => (kind.Key, file)))];
        using var folder = new TemporaryFolder();
        var folders = MadeUpFiles.All.Keys.Index().ToDictionary(kind => kind.Item, kind => folder.File($"{kind.Index}"));
        foreach (var (kind, path) in folders)
        {
            Directory.CreateDirectory(path);
            MadeUpFiles.Write(MadeUpFiles.All[kind], path);
        }

        var refused = 0;
        for (var seed = 0; seed < cases; seed++)
        {
            var (kind, file) = targets[seed % targets.Length];
            var good = MadeUpFiles.All[kind][file];
            var path = Path.Combine(folders[kind], file);
            File.WriteAllBytes(path, Mutated(good, new Random(seed)));
            refused += IsRefused(folders[kind], $"seed {seed}, {kind}, {file}") ? 1 : 0;
            File.WriteAllBytes(path, good);
        }

        Assert.InRange(refused, cases / 4, cases);
    }

    private static bool IsRefused(string folder, string what)
    {
        var (start, allocated) = (Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
        var isRefused = false;
        try
        {
            var tokenizer = Tokenizer.Load(folder);
            int[] ids = [.. tokenizer.Encode(Text), .. tokenizer.EncodeWithAddedTokens(Text, isFramed: true)];
            Assert.All(ids, id => Assert.InRange(id, 0, tokenizer.VocabularySize - 1));
            Assert.DoesNotContain(tokenizer.PlaceholderId, ids);
            tokenizer.Decode(ids);
        }
        catch (TokenizerFormatException)
        {
            isRefused = true;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{what}: {e.GetType().Name}", e);
        }

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - allocated < MaxBytes, $"{what} allocates too much.");
        Assert.True(Stopwatch.GetElapsedTime(start) < MaxTime, $"{what} takes too long.");
        return isRefused;
    }

    private static byte[] Mutated(byte[] good, Random random)
    {
        var bytes = new List<byte>(good);
        for (var change = random.Next(4); change >= 0 && bytes.Count > 0; change--)
        {
            // Often near the beginning, where the parts are named that decide what is read.
            var at = random.Next(2) == 0 ? random.Next(bytes.Count) : random.Next(Math.Min(bytes.Count, 1500));
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(9), bytes.Count - at));
                    break;
                case 2:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(60), bytes.Count - at)));
                    break;
                case 4:
                    bytes[at] = (byte)('0' + random.Next(10));
                    break;
                default:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }

        return [.. bytes];
    }
}
