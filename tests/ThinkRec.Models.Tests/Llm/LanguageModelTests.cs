using ThinkRec.Models.Llm;
using ThinkRec.Nn;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Llm;

public sealed class LanguageModelTests : TensorTest
{
    private const string Heads = "\"num_key_value_heads\": 2";

    public static TheoryData<string, string> BadConfigs => new()
    {
        { "\"hidden_size\": 32", "\"hidden_size\": " },
        { "\"hidden_size\": 32", "\"hidden_size\": 33|hidden_size 33 is not a multiple of num_attention_heads 4" },
        { "\"hidden_size\": 32", "\"hidden_sise\": 32|hidden_size" },
        { "\"hidden_size\": 32", "\"hidden_size\": \"wide\"|hidden_size" },
        { "\"vocab_size\": ", "\"vocab_size\": -|vocab_size is -" },
        { "\"num_hidden_layers\": 3", "\"num_hidden_layers\": 99999|num_hidden_layers is 99999, expected 1 to 1024" },
        { "\"num_attention_heads\": 4", "\"num_attention_heads\": 0|num_attention_heads is 0" },
        { "\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3|not a multiple of num_key_value_heads 3" },
        { "\"num_key_value_heads\": 2", "\"num_key_value_heads\": 2, \"head_dim\": 7|head_dim 7 is odd" },
        { "\"num_key_value_heads\": 2", "\"num_key_value_heads\": 2, \"head_dim\": -2|head_dim is -2" },
        { "\"num_key_value_heads\": 2", "\"num_key_value_heads\": 2, \"rope_scaling\": {\"rope_type\": \"llama3\"}|rope_scaling.factor is missing" },
        { Heads, Heads + ", \"rope_scaling\": {\"type\": \"longrope\", \"factor\": 2}|rope_scaling of type 'longrope' is not built (built: default, linear, dynamic, llama3, yarn); use a checkpoint with one of these" },
        { Heads, Heads + ", \"rope_scaling\": {\"rope_type\": \"linear\", \"factor\": 0}|rope_scaling.factor is 0" },
        { Heads, Heads + ", \"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 8, \"low_freq_factor\": 4, \"high_freq_factor\": 4, \"original_max_position_embeddings\": 8}|low_freq_factor 4 and high_freq_factor 4" },
        { Heads, Heads + ", \"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 8, \"beta_fast\": 1, \"beta_slow\": 2}|beta_fast the larger" },
        { Heads, Heads + ", \"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 8, \"mscale\": 1}|rope_scaling.mscale is not built" },
        { Heads, Heads + ", \"rope_scaling\": 3|rope_scaling" },
        { Heads, Heads + ", \"rope_parameters\": {\"full_attention\": {\"rope_theta\": 1}}|rope_parameters.full_attention is an object" },
        { Heads, Heads + ", \"rope_parameters\": {\"rope_theta\": 0}|rope_theta is 0" },
        { Heads, Heads + ", \"num_key_value_heads\": 2|Duplicate property" },
        { Heads, Heads + ", \"eos_token_id\": [1, \"two\"]|eos_token_id" },
        { Heads, Heads + ", \"partial_rotary_factor\": 0.5|partial_rotary_factor 0.5 is not built" },
        { Heads, Heads + ", \"quantization_config\": {\"bits\": 4}|quantization_config says that the weights are quantized" },
        { Heads, Heads + ", \"sliding_window\": 0|sliding_window is 0" },
        { Heads, Heads + ", \"layer_types\": [\"full_attention\"]|layer_types has 1 entries (full_attention), expected full_attention or sliding_attention for each of num_hidden_layers 3" },
        { "\"model_type\": \"llama\"", "\"model_type\": \"smollm3\", \"no_rope_layers\": [1, 0]|no_rope_layers has 2 entries, expected 0 or 1 for each of num_hidden_layers 3" },
        { "\"model_type\": \"llama\"", "\"model_type\": \"smollm3\", \"no_rope_layer_interval\": 0|no_rope_layer_interval is 0" },
        { "\"model_type\": \"llama\"", "\"model_type\": 7|model_type" },
        { "\"rope_theta\": 10000", "\"rope_theta\": 0|rope_theta is 0" },
        { "\"max_position_embeddings\": 512", "\"max_position_embeddings\": 2000000000|max_position_embeddings is 2000000000" },
        { "\"mlp_bias\": false", "\"mlp_bias\": true|mlp_bias is not built" },
        { "\"hidden_act\": \"silu\"", "\"hidden_act\": \"gelu\"|hidden_act 'gelu'" },
        { "\"model_type\": \"llama\"", "\"model_type\": \"gpt2\"|model_type 'gpt2' is not built; use a checkpoint of one of llama, mistral, qwen2, qwen3, smollm3" },
    };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_saved_model_loads_as_it_was_and_saves_as_the_same_bytes(bool tied)
    {
        using var folder = new TemporaryFolder();
        (string first, string second) = (folder.File("first"), folder.File("second"));
        using var scope = TensorScope.Begin();
        using LanguageModel model = TinyModel.Create(3, TinyModel.Config with { TieWordEmbeddings = tied });
        using var generator = new Generator(1);
        Adapters.Create(model.Model, "global", TinyModel.Lora, generator);

        model.Save(first);
        using LanguageModel loaded = LanguageModel.Load(first);
        loaded.Save(second);

        long[] ids = TinyModel.Ids(new Random(2), 12);
        Assert.Equal(
            model.Model.Logits(TinyModel.Run(model.Model, ids)).Detach().ToFloats(), loaded.Model.Logits(TinyModel.Run(loaded.Model, ids)).ToFloats());
        Assert.Equal(model.Model.Config, loaded.Model.Config);
        Assert.Equal(model.Tokenizer.Fingerprint, loaded.Tokenizer.Fingerprint);
        Assert.All(loaded.Model.Parameters(), p => Assert.False(p.Trainable));
        Assert.All(Directory.GetFiles(first), file => Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(second, Path.GetFileName(file)))));
        Assert.Equal("", model.Fingerprint);
        Assert.Equal(LanguageModel.FingerprintOf(Path.Combine(second, LanguageModel.WeightsFile)), loaded.Fingerprint);
        using var file = SafetensorsFile.Open(Path.Combine(first, LanguageModel.WeightsFile));
        Assert.DoesNotContain(file.Keys, k => k.Contains("lora", StringComparison.Ordinal));
        Assert.Equal(!tied, file.Contains("lm_head.weight"));
        Assert.Equal("pt", file.Metadata["format"]);
    }

    [Theory]
    [MemberData(nameof(BadConfigs))]
    public void A_config_that_cannot_be_built_is_refused_by_key(string sound, string bad)
    {
        using var folder = new TemporaryFolder();
        TinyModel.Config.Save(folder.FullPath);
        string path = folder.File(LlamaConfig.FileName);
        string text = File.ReadAllText(path);
        Assert.Contains(sound, text, StringComparison.Ordinal);
        string[] parts = bad.Split('|');
        File.WriteAllText(path, text.Replace(sound, parts[0], StringComparison.Ordinal));

        var refused = Assert.Throws<CheckpointException>(() => LlamaConfig.Load(folder.FullPath));

        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
        Assert.Contains(parts[^1].Length > 0 && parts.Length > 1 ? parts[1] : "", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_problems_of_a_config_are_listed_and_files_that_are_none_are_refused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File(LlamaConfig.FileName);
        Assert.Contains(path, Assert.Throws<CheckpointException>(() => LlamaConfig.Load(folder.FullPath)).Message, StringComparison.Ordinal);
        foreach (string text in new[] { "", "null", "[]", "7", new string(' ', 1 << 21) })
        {
            File.WriteAllText(path, text);
            Assert.Contains(path, Assert.Throws<CheckpointException>(() => LlamaConfig.Load(folder.FullPath)).Message, StringComparison.Ordinal);
        }

        (TinyModel.Config with { VocabSize = 0, HiddenAct = "relu", MlpBias = true }).Save(folder.FullPath);
        Assert.Contains("3 problem(s)", Assert.Throws<CheckpointException>(() => LlamaConfig.Load(folder.FullPath)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tokenizer_with_more_tokens_than_the_model_embeds_is_refused()
    {
        using var folder = new TemporaryFolder();
        using LanguageModel model = TinyModel.Create(1);
        model.Save(folder.FullPath);
        LlamaConfig narrow = TinyModel.Config with { VocabSize = TinyModel.Config.VocabSize - 1 };
        long before = TensorCensus.Live;

        Assert.Throws<CheckpointException>(() => TinyModel.Create(1, narrow));
        narrow.Save(folder.FullPath);
        var shape = Assert.Throws<CheckpointException>(() => LanguageModel.Load(folder.FullPath));

        Assert.Contains("model.embed_tokens.weight", shape.Message, StringComparison.Ordinal);
        Assert.Equal(before, TensorCensus.Live);
    }

    [Fact]
    public void A_weight_missing_deep_in_the_model_is_named_and_nothing_leaks()
    {
        using var folder = new TemporaryFolder();
        using LanguageModel model = TinyModel.Create(1);
        model.Save(folder.FullPath);
        string path = folder.File(LanguageModel.WeightsFile);
        SafetensorsWriter.Write(path, model.Model.Parameters().Where(p => p.Key != "model.norm.weight").Select(p => (p.Key, p.Value)));
        long before = TensorCensus.Live;

        var refused = Assert.Throws<CheckpointException>(() => LanguageModel.Load(folder.FullPath));

        Assert.Contains("'model.norm.weight' [32]", refused.Message, StringComparison.Ordinal);
        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, TensorCensus.Live);
    }

    [Fact]
    public void The_same_seed_gives_the_same_model_and_another_seed_another()
    {
        using var scope = TensorScope.Begin();
        using LanguageModel a = TinyModel.Create(1);
        using LanguageModel b = TinyModel.Create(1);
        using LanguageModel c = TinyModel.Create(2);

        Assert.Equal(a.Model.HeadWeight.CopyBytes(), b.Model.HeadWeight.CopyBytes());
        Assert.NotEqual(a.Model.HeadWeight.CopyBytes(), c.Model.HeadWeight.CopyBytes());
    }
}
