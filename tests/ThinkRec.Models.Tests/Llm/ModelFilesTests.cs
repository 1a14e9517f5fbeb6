using System.Globalization;
using System.Text.Json.Nodes;
using ThinkRec.Models.Llm;
using ThinkRec.Nn;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Llm;

/// <summary>Model folders as people have them: several weights files, other types, several end tokens, newer configs.</summary>
public sealed class ModelFilesTests : TensorTest
{
    private const string Index = "model.safetensors.index.json";

    [Fact]
    public void A_model_in_several_files_is_the_model_in_one()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        using LanguageModel model = TinyModel.Create(4);
        model.Save(folder.FullPath);
        using LanguageModel one = LanguageModel.Load(folder.FullPath);
        Shard(folder, model.Model.Parameters().Select(p => (p.Key, p.Value)), 3);
        File.Delete(folder.File(LanguageModel.WeightsFile));

        using LanguageModel several = LanguageModel.Load(folder.FullPath);

        Assert.Equal(one.Model.Parameters().Select(p => (p.Key, Convert.ToHexString(p.Value.CopyBytes()))), several.Model.Parameters().Select(p => (p.Key, Convert.ToHexString(p.Value.CopyBytes()))));
        Assert.Matches("^[0-9a-f]{64}$", several.Fingerprint);
        var found = ModelInspection.Of(folder.FullPath);
        Assert.Equal(3, found.Shards.Count);
        Assert.Empty(found.Problems.Concat(found.LeftOver));
        string fingerprint = several.Fingerprint;
        SafetensorsWriter.Write(found.Shards[2], SafetensorsFileTensors(found.Shards[2]));
        using LanguageModel changed = LanguageModel.Load(folder.FullPath);
        Assert.NotEqual(fingerprint, changed.Fingerprint);
    }

    [Fact]
    public void Types_that_cannot_be_had_are_refused()
    {
        using var folder = new TemporaryFolder();
        using LanguageModel model = TinyModel.Create(4, TinyModel.Config with { TieWordEmbeddings = true });
        model.Save(folder.FullPath);

        foreach ((LoadOptions options, string said) in new[]
        {
            (new LoadOptions { DType = DType.Float16 }, "fp16 is computed on a GPU only. Use bf16"), (new LoadOptions { DType = DType.Int8 }, "Use fp32, bf16 or fp16"),
            (new LoadOptions { HeadDType = DType.BFloat16 }, "tie_word_embeddings"),
        })
        {
            var refused = Assert.Throws<CheckpointException>(() => LanguageModel.Load(folder.FullPath, options));
            Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_head_may_have_a_type_of_its_own_and_the_answers_are_computed_in_Float32()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using LanguageModel model = TinyModel.Create(4);
        model.Save(folder.FullPath);

        using LanguageModel mixed = LanguageModel.Load(folder.FullPath, new LoadOptions { DType = DType.BFloat16, HeadDType = DType.Float32 });

        Assert.Equal(DType.Float32, mixed.Model.HeadWeight.DType);
        Assert.All(mixed.Model.Projections, p => Assert.Equal(DType.BFloat16, p.Linear.Base.Weight.Value.DType));
        Tensor hidden = TinyModel.Run(mixed.Model, TinyModel.Ids(new Random(1), 6)).Select(0, 0);
        Tensor two = mixed.Model.Logits(hidden, Tensor.From([5L, 9L], 2));
        Assert.Equal((DType.BFloat16, DType.Float32), (hidden.DType, two.DType));
        Assert.Equal(mixed.Model.Logits(hidden).IndexSelect(1, Tensor.From([5L, 9L], 2)).ToFloats(), two.ToFloats(), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void Int8_holds_projections_alone_takes_adapters_and_is_not_saved()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        using LanguageModel model = TinyModel.Create(4);
        model.Save(folder.FullPath);

        using LanguageModel rounded = LanguageModel.Load(folder.FullPath, new LoadOptions { DType = DType.BFloat16, Quantize = Quantization.Int8 });

        Assert.Equal(
            LlamaWeight.All(model.Model.Config).Where(w => LlamaWeight.IsProjection(w.Key)).Select(w => w.Key),
            rounded.Model.Parameters().Where(p => p.Value.DType == DType.Int8).Select(p => p.Key));
        Assert.Equal(7 * model.Model.Config.NumHiddenLayers, rounded.Model.Parameters().Count(p => p.Value.DType == DType.Float32 && p.Key.EndsWith("_proj.weight_scale", StringComparison.Ordinal)));
        Assert.DoesNotContain(rounded.Model.Parameters(), p => p.Trainable);
        Assert.Equal(rounded.Model.Parameters().Where(p => p.Value.DType != DType.BFloat16).Sum(p => p.Value.NumElements * p.Value.DType.Size()),
            ModelInspection.Of(folder.FullPath, Quantization.Int8).WeightBytes - (4 * rounded.Model.Parameters().Where(p => p.Value.DType == DType.BFloat16).Sum(p => p.Value.NumElements)));
        string target = folder.File("target");
        Assert.Contains("held as int8", Assert.Throws<InvalidOperationException>(() => rounded.Save(target)).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(target));
        using var generator = new Generator(1);
        Adapters.Create(rounded.Model, "a", TinyModel.Lora, generator);
        using var blend = AdapterBlend.Single("a");
        Tensor hidden = TinyModel.Run(rounded.Model, TinyModel.Ids(new Random(1), 6), new DecoderContext { Blend = blend });
        hidden.To(DType.Float32).Sum().Backward();
        Assert.All(Adapters.Parameters(rounded.Model, "a"), p => Assert.Equal(DType.Float32, p.Value.Grad()!.DType));
    }

    [Theory]
    [InlineData("""{"eos_token_id": 7}""", null, 7)]
    [InlineData("""{"eos_token_id": [7, 9]}""", "\"eos_token_id\": 11", 7, 9)]
    [InlineData(null, "\"eos_token_id\": [11, 12]", 11, 12)]
    [InlineData("{}", "\"eos_token_id\": 11", 11)]
    [InlineData(null, null)]
    public void Texts_end_at_the_tokens_that_the_folder_names(string? generation, string? config, params int[] ids)
    {
        using var folder = new TemporaryFolder();
        using LanguageModel model = TinyModel.Create(4);
        model.Save(folder.FullPath);
        string path = folder.File(LlamaConfig.FileName);
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"vocab_size\"", (config is null ? "" : config + ", ") + "\"vocab_size\"", StringComparison.Ordinal));
        if (generation is not null)
        {
            File.WriteAllText(folder.File("generation_config.json"), generation);
        }

        using LanguageModel loaded = LanguageModel.Load(folder.FullPath);

        Assert.Equal([TinyModel.Tokenizer.EndId, .. ids], loaded.EndIds);
    }

    [Theory]
    [InlineData("""{"eos_token_id": 100000}""", "eos_token_id names 100000")]
    [InlineData("""{"eos_token_id": "two"}""", "eos_token_id must be a whole number or a list")]
    [InlineData("[1]", "expected a JSON object")]
    public void End_tokens_that_cannot_be_are_refused(string generation, string said)
    {
        using var folder = new TemporaryFolder();
        using LanguageModel model = TinyModel.Create(4);
        model.Save(folder.FullPath);
        File.WriteAllText(folder.File("generation_config.json"), generation);

        var refused = Assert.Throws<CheckpointException>(() => LanguageModel.Load(folder.FullPath));

        Assert.StartsWith(folder.File("generation_config.json"), refused.Message, StringComparison.Ordinal);
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Newer_configs_say_the_same_as_older_ones()
    {
        LlamaConfig old = Read("""{"model_type": "llama", "rope_theta": 500000.0, "torch_dtype": "bfloat16", "rope_scaling": {"type": "linear", "factor": 2.0}}""");
        LlamaConfig newer = Read("""{"model_type": "llama", "dtype": "bfloat16", "rope_parameters": {"rope_theta": 500000.0, "rope_type": "linear", "factor": 2.0}}""");

        Assert.Equal((old.RopeTheta, old.RopeScaling!.Kind, old.RopeScaling.Factor), (newer.RopeTheta, newer.RopeScaling!.Kind, newer.RopeScaling.Factor));
        Assert.Equal(4096, Read("""{"model_type": "mistral"}""").SlidingWindow);
        Assert.Null(Read("""{"model_type": "mistral", "sliding_window": null}""").SlidingWindow);
        Assert.True(Read("""{"model_type": "smollm3"}""").TieWordEmbeddings);
        Assert.Equal(128, Read("""{"model_type": "qwen3", "num_key_value_heads": 1}""").HeadSize);
    }

    [Theory]
    [InlineData("mistral")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    [InlineData("smollm3")]
    public void A_saved_config_of_each_family_is_read_as_it_was(string family)
    {
        using var folder = new TemporaryFolder();
        LlamaConfig config = TinyModel.Config with { ModelType = family, NumKeyValueHeads = null, UseSlidingWindow = true, MaxWindowLayers = 0, SlidingWindow = family == "mistral" ? null : 9 };

        config.Save(folder.FullPath);
        var read = LlamaConfig.Load(folder.FullPath);

        Assert.Equal((config.HeadSize, config.KeyValueHeads, config.TieWordEmbeddings, config.SlidingWindow, config.MaxWindowLayers), (read.HeadSize, read.KeyValueHeads, read.TieWordEmbeddings, read.SlidingWindow, read.MaxWindowLayers));
        Assert.Equal(config.Windows, read.Windows);
        Assert.EndsWith("ForCausalLM", (string?)JsonNode.Parse(File.ReadAllText(folder.File(LlamaConfig.FileName)))!["architectures"]![0], StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_only_python_can_read_are_named()
    {
        using var folder = new TemporaryFolder();
        TinyModel.Config.Save(folder.FullPath);
        TinyModel.Tokenizer.Save(folder.FullPath);
        File.WriteAllBytes(folder.File("pytorch_model.bin"), [1]);

        Assert.Contains("pytorch_model.bin only", Assert.Throws<CheckpointException>(() => LanguageModel.Load(folder.FullPath)).Message, StringComparison.Ordinal);
        Assert.Contains("is a file. Give the folder", Assert.Throws<CheckpointException>(() => LanguageModel.Load(folder.File(LlamaConfig.FileName))).Message, StringComparison.Ordinal);
    }

    private static LlamaConfig Read(string json)
    {
        using var folder = new TemporaryFolder();
        var whole = JsonNode.Parse("""{"vocab_size": 9, "hidden_size": 16, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 8}""")!.AsObject();
        foreach ((string key, JsonNode? value) in JsonNode.Parse(json)!.AsObject())
        {
            whole[key] = value?.DeepClone();
        }

        File.WriteAllText(folder.File(LlamaConfig.FileName), whole.ToJsonString());
        return LlamaConfig.Load(folder.FullPath);
    }

    private static List<(string, Tensor)> SafetensorsFileTensors(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return [.. file.Keys.Select(key => (key, file.Read(key).Mul(2)))];
    }

    /// <summary>Writes tensors into so many files of about one size, and their index.</summary>
    private static void Shard(TemporaryFolder folder, IEnumerable<(string Key, Tensor Value)> tensors, int count)
    {
        (string Key, Tensor Value)[] all = [.. tensors];
        long total = all.Sum(t => t.Value.NumElements), passed = 0;
        var map = new JsonObject();
        foreach (var shard in all.GroupBy(t => (int)Math.Min(count - 1, count * (passed += t.Value.NumElements) / (total + 1))).ToArray())
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"model-{shard.Key + 1:00000}-of-{count:00000}.safetensors");
            SafetensorsWriter.Write(folder.File(name), shard.Select(t => (t.Key, t.Value)));
            foreach ((string key, Tensor _) in shard)
            {
                map[key] = name;
            }
        }

        File.WriteAllText(folder.File(Index), new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = total }, ["weight_map"] = map }.ToJsonString());
    }
}
