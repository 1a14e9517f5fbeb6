using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>Loading a model of several files takes hardly more private memory than the model.</summary>
[Collection(PretrainedModel.Name)]
public sealed class LlmMemoryTests(PretrainedModel trained)
{
    private const int Width = 1024, Inner = 4096, Layers = 6, Vocabulary = 24000, Shards = 3;

    [Theory]
    [InlineData("bf16", 2)]
    [InlineData("fp32", 4)]
    public async Task Loading_takes_at_most_a_tenth_more_than_the_largest_file_beside_the_model(string dtype, int bytesOfOne)
    {
        Assert.SkipUnless(File.Exists("/proc/self/status"), "the system does not tell private memory");
        using var folder = new TemporaryFolder();
        (long weights, long largest) = MakeModel(folder.FullPath);
        string[] call = ["llm", "generate", "--prompt", "The", "--max-tokens", "1", "--dtype", dtype, "--model"];

        long small = await PeakAsync([.. call, trained.Model]);
        long large = await PeakAsync([.. call, folder.FullPath]);

        long above = large - small - (weights * bytesOfOne);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{dtype}: {(weights * bytesOfOne) >> 20} MiB of weights, largest file {largest >> 20} MiB; private memory (RssAnon) at its peak {large >> 20} MiB, with a tiny model {small >> 20} MiB: {above >> 20} MiB above the weights");
        Assert.True(large - small > weights * bytesOfOne / 2, $"{large} and {small} bytes at the peak: nothing was loaded");
        Assert.True(above <= 1.1 * largest, $"{above} bytes above the weights; the largest file has {largest}");
    }

    [Fact]
    public async Task In_8_bits_the_projections_take_a_quarter_of_fp32_while_loading_and_after()
    {
        Assert.SkipUnless(File.Exists("/proc/self/status"), "the system does not tell private memory");
        using var folder = new TemporaryFolder();
        (long weights, _) = MakeModel(folder.FullPath);
        string[] call = ["llm", "generate", "--prompt", "The", "--max-tokens", "1", "--quantize", "int8", "--model"];
        long projections = Layers * ((4L * Width * Width) + (3L * Inner * Width)), others = 4 * (weights - projections);

        long small = await PeakAsync([.. call, trained.Model]);
        long large = await PeakAsync([.. call, folder.FullPath]);

        long above = large - small - others;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{projections * 4 >> 20} MiB of projections in fp32, {others >> 20} MiB of other weights; private memory (RssAnon) at its peak {large >> 20} MiB, with a tiny model {small >> 20} MiB: {above >> 20} MiB above the other weights");
        Assert.True(above > projections / 2, $"{above} bytes: nothing was loaded");
        Assert.True(above <= projections + (24L * Inner * Width), $"{above} bytes above the other weights for {projections} projections");
    }

    /// <summary>Runs thinkrec and looks at its private memory (without pages of mapped files) every millisecond.</summary>
    private static async Task<long> PeakAsync(string[] words)
    {
        Process process = Tool.Start(words);
        long peak = 0;
        while (!process.HasExited)
        {
            peak = Math.Max(peak, Private(process.Id));
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        Outcome outcome = await Tool.FinishAsync(process);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        return peak;
    }

    private static long Private(int process)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(l => l.StartsWith("RssAnon:", StringComparison.Ordinal));
            return line is null ? 0 : 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>A model of zeros in BFloat16, in files with holes; the tokenizer is the trained model's.</summary>
    private (long Weights, long LargestFile) MakeModel(string folder)
    {
        trained.CopyModel(folder);
        File.Delete(Path.Combine(folder, "model.safetensors"));
        File.WriteAllText(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(new
        {
            model_type = "llama",
            hidden_size = Width,
            intermediate_size = Inner,
            num_hidden_layers = Layers,
            num_attention_heads = 16,
            vocab_size = Vocabulary,
            max_position_embeddings = 256,
        }));
        (string Key, long[] Shape)[] all = [.. Weights()];
        var map = new Dictionary<string, string>();
        long largest = 0;
        foreach ((string Key, long[] Shape)[] shard in all.Chunk((all.Length + Shards - 1) / Shards))
        {
            string name = $"model-{map.Count}.safetensors";
            largest = Math.Max(largest, WriteZeros(Path.Combine(folder, name), shard));
            Array.ForEach(shard, weight => map.Add(weight.Key, name));
        }

        File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), JsonSerializer.Serialize(new { weight_map = map }));
        return (all.Sum(Elements), largest);
    }

    private static IEnumerable<(string Key, long[] Shape)> Weights()
    {
        yield return ("model.embed_tokens.weight", [Vocabulary, Width]);
        for (int layer = 0; layer < Layers; layer++)
        {
            foreach ((string name, long[] shape) in new (string, long[])[]
            {
                ("input_layernorm", [Width]), ("post_attention_layernorm", [Width]), ("self_attn.q_proj", [Width, Width]), ("self_attn.k_proj", [Width, Width]),
                ("self_attn.v_proj", [Width, Width]), ("self_attn.o_proj", [Width, Width]), ("mlp.gate_proj", [Inner, Width]), ("mlp.up_proj", [Inner, Width]), ("mlp.down_proj", [Width, Inner]),
            })
            {
                yield return ($"model.layers.{layer}.{name}.weight", shape);
            }
        }

        yield return ("model.norm.weight", [Width]);
        yield return ("lm_head.weight", [Vocabulary, Width]);
    }

    private static long WriteZeros(string path, (string Key, long[] Shape)[] weights)
    {
        var header = new Dictionary<string, object>();
        long end = 0;
        foreach ((string key, long[] shape) in weights)
        {
            long start = end;
            end += 2 * Elements((key, shape));
            header.Add(key, new { dtype = "BF16", shape, data_offsets = new[] { start, end } });
        }

        byte[] json = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(header));
        using FileStream file = File.Create(path);
        file.Write(BitConverter.GetBytes((long)json.Length));
        file.Write(json);
        file.SetLength(file.Position + end);
        return file.Length;
    }

    private static long Elements((string Key, long[] Shape) weight) => weight.Shape.Aggregate(1L, (product, size) => product * size);
}
