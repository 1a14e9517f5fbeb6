using System.Text.Json;
using ThinkRec.Models.Llm;
using ThinkRec.Nn;
using ThinkRec.Nn.Tests.Support;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Llm;

public sealed class AdapterMergeTests : TensorTest
{
    [Fact]
    public void A_merged_model_computes_what_the_adapter_did()
    {
        using var noGrad = NoGrad.Begin();
        using var scope = TensorScope.Begin();
        using var folder = new TemporaryFolder();
        using LanguageModel language = Saved(folder);
        long[] ids = TinyModel.Ids(new Random(2), 9);
        using AdapterBlend blend = AdapterBlend.Single("a");
        Tensor adapted = TinyModel.Run(language.Model, ids, new DecoderContext { Blend = blend });

        AdapterMergeResult result = AdapterMerge.Run(folder.File("model"), folder.File("adapter"), folder.File("merged"));

        Assert.Equal((9, "model.safetensors"), (result.Merged, Assert.Single(result.Files)));
        using var merged = LanguageModel.Load(folder.File("merged"));
        Close.To(adapted, TinyModel.Run(merged.Model, ids), Tolerance.SameDecoder, "hidden states");
        Assert.Equal(
            Directory.GetFiles(folder.File("model")).Select(Path.GetFileName).Order(StringComparer.Ordinal), Directory.GetFiles(folder.File("merged")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Shards_and_types_stay_as_they_were_and_other_weights_are_the_same_bytes()
    {
        using var scope = TensorScope.Begin();
        using var folder = new TemporaryFolder();
        Saved(folder).Dispose();
        Shard(folder.File("model"), DType.BFloat16);

        AdapterMerge.Run(folder.File("model"), folder.File("adapter"), folder.File("merged"));

        using var before = ShardedSafetensors.Open(folder.File("model/model.safetensors.index.json"));
        using var after = ShardedSafetensors.Open(folder.File("merged/model.safetensors.index.json"));
        using var adapter = SafetensorsFile.Open(folder.File("adapter/adapter_model.safetensors"));
        Assert.All(before.Keys, key =>
        {
            Assert.Equal(DType.BFloat16, after.Describe(key).DType);
            Tensor expected = before.Read(key, DType.Float32, Device.Cpu, requireFinite: true);
            string a = $"base_model.model.{key[..^".weight".Length]}.lora_A.weight";
            if (adapter.Contains(a))
            {
                expected = expected.Add(adapter.Read(a.Replace("lora_A", "lora_B", StringComparison.Ordinal)).MatMul(adapter.Read(a)).Mul(TinyModel.Lora.Scaling)).To(DType.BFloat16).To(DType.Float32);
            }

            Assert.Equal(expected.ToFloats().ToArray(), after.Read(key, DType.Float32, Device.Cpu, requireFinite: true).ToFloats().ToArray());
        });
    }

    [Theory]
    [InlineData("a stranger", "'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight' is [3, 64], expected [3, 32]")]
    [InlineData("more than factors", "of which 18 are factors of projections")]
    [InlineData("another layer", "model.layers.7.self_attn.q_proj.weight', which is not in")]
    [InlineData("huge", "elements that are not finite in Float16")]
    [InlineData("in use", "is not empty")]
    public void What_does_not_fit_is_refused_and_writes_nothing(string what, string named)
    {
        using var scope = TensorScope.Begin();
        using var folder = new TemporaryFolder();
        Saved(folder).Dispose();
        string path = folder.File("adapter/adapter_model.safetensors");
        Dictionary<string, Tensor> tensors;
        using (var file = SafetensorsFile.Open(path))
        {
            tensors = file.Keys.ToDictionary(key => key, key => file.Read(key));
        }

        const string First = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight";
        switch (what)
        {
            case "a stranger":
                tensors[First] = Tensor.Zeros([3, 64]);
                break;
            case "more than factors":
                tensors["base_model.model.lm_head.weight"] = Tensor.Zeros([2, 2]);
                break;
            case "another layer":
                tensors[First.Replace("layers.0", "layers.7", StringComparison.Ordinal)] = tensors[First];
                break;
            case "huge":
                Shard(folder.File("model"), DType.Float16);
                tensors[First] = tensors[First].Mul(1e6);
                break;
            default:
                Directory.CreateDirectory(folder.File("merged/x"));
                break;
        }

        SafetensorsWriter.Write(path, tensors.Select(t => (t.Key, t.Value)));
        int before = Directory.GetFileSystemEntries(folder.FullPath).Length;

        var refused = Assert.ThrowsAny<Exception>(() => AdapterMerge.Run(folder.File("model"), folder.File("adapter"), folder.File("merged")));

        Assert.True(refused is CheckpointException or IOException);
        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFileSystemEntries(folder.FullPath).Length);
    }

    private static LanguageModel Saved(TemporaryFolder folder)
    {
        LanguageModel language = TinyModel.Create(1);
        using var generator = new Generator(2);
        language.Save(folder.File("model"));
        Adapters.Create(language.Model, "a", TinyModel.Lora, generator);
        TinyModel.Randomize(language.Model, "a", 3);
        AdapterFolder.Save(language.Model, "a", TinyModel.Lora, folder.File("adapter"), "model");
        return language;
    }

    /// <summary>Rewrites a model folder as two files and an index.</summary>
    private static void Shard(string folder, DType dtype)
    {
        string path = Path.Combine(folder, "model.safetensors");
        var map = new Dictionary<string, string>();
        using (var file = SafetensorsFile.Open(path))
        {
            string[][] halves = [.. file.Keys.Order(StringComparer.Ordinal).Chunk((file.Keys.Count + 1) / 2)];
            for (int i = 0; i < halves.Length; i++)
            {
                string name = $"model-{i + 1:00000}-of-{halves.Length:00000}.safetensors";
                SafetensorsWriter.Write(Path.Combine(folder, name), halves[i].Select(key => (key, file.Read(key, dtype, Device.Cpu, requireFinite: true))));
                Array.ForEach(halves[i], key => map.Add(key, name));
            }
        }

        File.Delete(path);
        File.WriteAllText(path + ".index.json", JsonSerializer.Serialize(new { metadata = new { total_size = 0 }, weight_map = map }));
    }
}
