using System.Globalization;
using System.Text;
using ThinkRec.Models.Llm;
using ThinkRec.Models.Llm.Files;
using ThinkRec.Nn;
using ThinkRec.TestKit;

namespace ThinkRec.Models.Tests.Llm;

/// <summary>Damaged configs, generation settings and llama2.c headers are refused by <see cref="CheckpointException"/> or read; nothing else happens, and little is allocated.</summary>
public sealed class ModelFilesFuzzTests
{
    private const long MostBytes = 1 << 24;

    /// <summary>Files to try of each kind; THINKREC_FUZZ asks for more.</summary>
    private static readonly int Cases = int.Parse(Environment.GetEnvironmentVariable("THINKREC_FUZZ") ?? "1500", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("Llama-3.1-8B")]
    [InlineData("SmolLM3-3B")]
    [InlineData("Qwen2.5-7B")]
    public void Mutated_configs_are_read_or_refused(string name)
    {
        using var folder = new TemporaryFolder();
        byte[] good = File.ReadAllBytes(Path.Combine(Repository.Root, "tests", "ThinkRec.Models.Tests", "Golden", "Configs", name + ".json"));
        Try(good, folder.File(LlamaConfig.FileName), () =>
        {
            var config = LlamaConfig.Load(folder.FullPath);
            Assert.InRange(LlamaWeight.All(config).Take(20_000).Count(), 1, 20_000);
            Assert.Equal(config.HeadSize / 2, Models.Llm.Rope.RopePeriods.Of(config).Count(period => period > 0));
        });
    }

    [Fact]
    public void Mutated_generation_settings_are_read_or_refused()
    {
        using var folder = new TemporaryFolder();
        byte[] good = Encoding.UTF8.GetBytes("""{"_from_model_config": true, "bos_token_id": 1, "eos_token_id": [2, 7, 31], "temperature": 0.6}""");
        Try(good, folder.File(EndTokens.FileName), () => Assert.All(EndTokens.Read(folder.FullPath, TinyModel.Config, 0), id => Assert.InRange(id, 0, TinyModel.Config.VocabSize - 1)));
    }

    [Fact]
    public void Mutated_llama2c_headers_are_read_or_refused()
    {
        using var folder = new TemporaryFolder();
        byte[] good = [.. new[] { 8, 12, 1, 2, 1, 16, 4 }.SelectMany(BitConverter.GetBytes), .. new byte[4 * (128 + 8 + 64 + 32 + 32 + 64 + 8 + 288 + 8 + 16)]];
        Try(good, folder.File("model.bin"), () => ModelFiles.Find(folder.FullPath).Open().Dispose());
    }

    private static void Try(byte[] good, string path, Action read)
    {
        File.WriteAllBytes(path, good);
        read();
        int refused = 0;
        for (int seed = 0; seed < Cases; seed++)
        {
            File.WriteAllBytes(path, Mutation.Of(good, seed));
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read();
            }
            catch (CheckpointException e)
            {
                Assert.True(e.Message.Contains(Path.GetDirectoryName(path)!, StringComparison.Ordinal), e.Message);
                refused++;
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}: {e.GetType().Name}: {e.Message}", e);
            }

            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < MostBytes, $"seed {seed} allocated {GC.GetAllocatedBytesForCurrentThread() - before} bytes");
        }

        Assert.InRange(refused, Cases / 4, Cases);
    }
}
