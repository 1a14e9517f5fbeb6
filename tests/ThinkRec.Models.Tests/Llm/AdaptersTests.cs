using System.Text.Json;
using ThinkRec.Models.Llm;
using ThinkRec.Nn;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Llm;

public sealed class AdaptersTests : TensorTest
{
    [Fact]
    public void A_saved_adapter_has_the_layout_of_peft_and_loads_as_it_was()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        using LanguageModel language = WithAdapter("global");
        LlamaModel model = language.Model;

        AdapterFolder.Save(model, "global", TinyModel.Lora, folder.FullPath, "some/base");
        AdapterConfig read = AdapterFolder.Load(model, "again", folder.FullPath);
        AdapterFolder.Save(model, "again", read, folder.File("second"), "some/base");

        JsonElement json = JsonDocument.Parse(File.ReadAllText(folder.File("adapter_config.json"))).RootElement;
        Assert.Equal(
            ("LORA", "CAUSAL_LM", "some/base", 3, 6.0, 0.0, "none", false),
            (Text(json, "peft_type"), Text(json, "task_type"), Text(json, "base_model_name_or_path"), json.GetProperty("r").GetInt32(),
            json.GetProperty("lora_alpha").GetDouble(), json.GetProperty("lora_dropout").GetDouble(), Text(json, "bias"), json.GetProperty("fan_in_fan_out").GetBoolean()));
        Assert.Equal(TinyModel.Lora.TargetModules, json.GetProperty("target_modules").EnumerateArray().Select(t => t.GetString()!));
        using var file = SafetensorsFile.Open(folder.File("adapter_model.safetensors"));
        string[] projections = ["self_attn.q_proj", "self_attn.v_proj", "mlp.down_proj"];
        Assert.Equal(
            (from layer in Enumerable.Range(0, 3) from p in projections from x in "AB" select $"base_model.model.model.layers.{layer}.{p}.lora_{x}.weight").Order(StringComparer.Ordinal),
            file.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([3, 32], file.Describe("base_model.model.model.layers.1.self_attn.v_proj.lora_A.weight").Shape);
        Assert.Equal([16, 3], file.Describe("base_model.model.model.layers.1.self_attn.v_proj.lora_B.weight").Shape);
        Assert.Equal((3, 6.0, 0.0), (read.Lora.Rank, read.Lora.Alpha, read.Lora.Dropout));
        Assert.Equal(Output(model, "global"), Output(model, "again"));
        Assert.All(Directory.GetFiles(folder.FullPath), f => Assert.Equal(File.ReadAllBytes(f), File.ReadAllBytes(Path.Combine(folder.File("second"), Path.GetFileName(f)))));
    }

    [Fact]
    public void A_fork_shares_the_lower_layers_and_owns_copies_of_the_upper_ones()
    {
        using var scope = TensorScope.Begin();
        using LanguageModel language = WithAdapter("global");
        LlamaModel model = language.Model;
        float[] global = Output(model, "global");

        Adapters.Fork(model, "global", "group-0", TinyModel.Lora, firstLayer: 1);

        Assert.Equal(global, Output(model, "group-0"));
        Assert.All(model.Projections.Where(p => p.Linear.Adapters.Count > 0), p => Assert.Equal(
            p.Layer < 1, p.Linear.Adapters["group-0"] == p.Linear.Adapters["global"]));
        TinyModel.Randomize(model, "group-0", 5, firstLayer: 1);
        Assert.Equal(global, Output(model, "global"));
        Assert.NotEqual(global, Output(model, "group-0"));
        Assert.Equal(2 * 3 * 2, Adapters.Parameters(model, "group-0", firstLayer: 1).Count);
        Assert.Empty(Adapters.Parameters(model, "group-0", firstLayer: 1).Intersect(Adapters.Parameters(model, "global")));
        Adapters.Remove(model, "group-0");
        Assert.Equal(global, Output(model, "global"));
    }

    [Fact]
    public void A_fork_saves_and_loads_whole()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        using LanguageModel language = WithAdapter("global");
        Adapters.Fork(language.Model, "global", "group-0", TinyModel.Lora, firstLayer: 2);
        TinyModel.Randomize(language.Model, "group-0", 5, firstLayer: 2);

        AdapterFolder.Save(language.Model, "group-0", TinyModel.Lora, folder.FullPath, "base");
        AdapterFolder.Load(language.Model, "loaded", folder.FullPath);

        Assert.Equal(Output(language.Model, "group-0"), Output(language.Model, "loaded"));
    }

    [Fact]
    public void Mistakes_with_names_and_targets_change_nothing()
    {
        using var scope = TensorScope.Begin();
        using LanguageModel language = WithAdapter("global");
        LlamaModel model = language.Model;
        using var generator = new Generator(1);
        long before = TensorCensus.Live;

        var target = Assert.Throws<ArgumentException>(() => Adapters.Create(model, "x", TinyModel.Lora with { TargetModules = ["q_proj", "v_porj"] }, generator));
        Assert.Throws<ArgumentException>(() => Adapters.Create(model, "global", TinyModel.Lora, generator));
        Assert.Throws<ArgumentException>(() => Adapters.Fork(model, "nobody", "x", TinyModel.Lora, 1));
        Assert.Throws<ArgumentException>(() => Adapters.Fork(model, "global", "global", TinyModel.Lora, 1));
        Assert.Throws<ArgumentException>(() => Adapters.Fork(model, "global", "x", TinyModel.Lora with { Rank = 4 }, 0));

        Assert.Contains("v_porj", target.Message, StringComparison.Ordinal);
        Assert.Contains("gate_proj", target.Message, StringComparison.Ordinal);
        Assert.Equal(before, TensorCensus.Live);
        Assert.All(model.Projections, p => Assert.DoesNotContain("x", p.Linear.Adapters.Keys));
    }

    [Theory]
    [InlineData("\"peft_type\": \"LORA\"", "\"peft_type\": \"IA3\"", "IA3")]
    [InlineData("\"bias\": \"none\"", "\"bias\": \"all\"", "bias all")]
    [InlineData("\"r\": 3", "\"r\": 4", "lora_A")]
    [InlineData("\"r\": 3", "\"r\": 0", "rank 0")]
    [InlineData("\"r\": 3", "\"r\": \"three\"", "adapter_config.json")]
    [InlineData("\"r\": 3,", "", "adapter_config.json")]
    [InlineData("\"r\": 3", "\"r\": 3, \"r\": 3", "adapter_config.json")]
    [InlineData("\"init_lora_weights\": true", "\"init_lora_weights\": \"pissa_niter_4\"", "pissa_niter_4")]
    [InlineData("\"r\": 3", "\"r\": 3, \"modules_to_save\": [\"lm_head\"]", "modules_to_save")]
    [InlineData("\"r\": 3", "\"r\": 3, \"alpha_pattern\": {\"q_proj\": 0}", "alpha_pattern 'q_proj' is 0")]
    [InlineData("\"r\": 3", "\"r\": 3, \"alpha_pattern\": {\"(?<!k)_proj\": 2}", "(?<!k)_proj")]
    [InlineData("\"r\": 3", "\"r\": 3, \"alpha_pattern\": [3]", "adapter_config.json")]
    [InlineData("\"r\": 3", "\"r\": 3, \"rank_pattern\": {\"q_proj\": 0}", "rank_pattern 'q_proj' is 0")]
    [InlineData("\"r\": 3", "\"r\": 3, \"use_dora\": true", "use_dora")]
    [InlineData("\"r\": 3", "\"r\": 3, \"rank_pattern\": {\"q_proj\": 4}", "lora_A")]
    [InlineData("\"fan_in_fan_out\": false", "\"fan_in_fan_out\": true", "fan_in_fan_out")]
    [InlineData("\"lora_alpha\": 6", "\"lora_alpha\": -6", "alpha -6")]
    [InlineData("\"v_proj\"", "\"o_proj\"", "18 tensors but 12 fit")]
    [InlineData("{", "", "adapter_config.json")]
    public void Wrong_settings_are_refused_and_leave_no_adapter(string sound, string bad, string named)
    {
        using var folder = new TemporaryFolder();
        using LanguageModel language = WithAdapter("global");
        AdapterFolder.Save(language.Model, "global", TinyModel.Lora, folder.FullPath, "base");
        string path = folder.File(AdapterConfig.FileName);
        string text = File.ReadAllText(path);
        Assert.Contains(sound, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(sound, bad, StringComparison.Ordinal));

        AssertRefused(language.Model, folder.FullPath, named);
    }

    [Fact]
    public void An_adapter_of_another_model_is_refused_and_leaves_no_adapter()
    {
        using var folder = new TemporaryFolder();
        using LanguageModel language = WithAdapter("global");
        foreach (LlamaConfig other in new[]
        {
            TinyModel.Config with { NumHiddenLayers = 4 }, TinyModel.Config with { NumKeyValueHeads = 4 }, TinyModel.Config with { IntermediateSize = 64 },
        })
        {
            using LanguageModel stranger = WithAdapter("global", other);
            AdapterFolder.Save(stranger.Model, "global", TinyModel.Lora, folder.FullPath, "base");
            AssertRefused(language.Model, folder.FullPath, AdapterFolder.WeightsFile);
        }

        AdapterFolder.Save(language.Model, "global", TinyModel.Lora, folder.FullPath, "base");
        string weights = folder.File(AdapterFolder.WeightsFile);
        using (var scope = TensorScope.Begin())
        {
            using var file = SafetensorsFile.Open(weights);
            SafetensorsWriter.Write(folder.File("part"), file.Keys.Order(StringComparer.Ordinal).SkipLast(1).Select(k => (k, file.Read(k))));
        }

        File.Move(folder.File("part"), weights, overwrite: true);
        AssertRefused(language.Model, folder.FullPath, "lora_B.weight");
        File.Delete(weights);
        AssertRefused(language.Model, folder.FullPath, AdapterFolder.WeightsFile);
        File.Delete(folder.File(AdapterConfig.FileName));
        AssertRefused(language.Model, folder.FullPath, AdapterConfig.FileName);
    }

    private static void AssertRefused(LlamaModel model, string folder, string named)
    {
        using var scope = TensorScope.Begin();
        long before = TensorCensus.Live;

        var refused = Assert.Throws<CheckpointException>(() => AdapterFolder.Load(model, "loaded", folder));

        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
        Assert.Contains(folder, refused.Message, StringComparison.Ordinal);
        Assert.All(model.Projections, p => Assert.DoesNotContain("loaded", p.Linear.Adapters.Keys));
        Assert.Equal(before, TensorCensus.Live);
    }

    private static LanguageModel WithAdapter(string name, LlamaConfig? config = null)
    {
        LanguageModel language = TinyModel.Create(8, config);
        using var generator = new Generator(9);
        Adapters.Create(language.Model, name, TinyModel.Lora, generator);
        TinyModel.Randomize(language.Model, name, 10);
        return language;
    }

    private static string? Text(JsonElement json, string key) => json.GetProperty(key).GetString();

    private static float[] Output(LlamaModel model, string adapter)
    {
        using var noGrad = NoGrad.Begin();
        using var scope = TensorScope.Begin();
        using var blend = AdapterBlend.Single(adapter);
        return TinyModel.Run(model, TinyModel.Ids(new Random(2), 9), new DecoderContext { Blend = blend }).ToFloats();
    }
}
