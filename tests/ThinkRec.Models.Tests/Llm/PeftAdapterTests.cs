using System.Text.Json.Nodes;
using ThinkRec.Models.Llm;
using ThinkRec.Nn;
using ThinkRec.Nn.Tests.Support;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Llm;

/// <summary>Adapters with the settings that peft knows beyond the plain ones, against dense updates worked out by hand.</summary>
public sealed class PeftAdapterTests : TensorTest
{
    [Fact]
    public void Rank_alpha_and_scale_come_from_the_patterns()
    {
        var settings = new JsonObject
        {
            ["r"] = 3,
            ["lora_alpha"] = 6,
            ["target_modules"] = new JsonArray("q_proj", "mlp.down_proj"),
            ["rank_pattern"] = new JsonObject { ["down_proj"] = 2, [@"model\.layers\.1\.self_attn\.q_proj"] = 5 },
            ["alpha_pattern"] = new JsonObject { [@"layers\.(0|2)\..*q_proj"] = 12, ["q_proj"] = 1 },
        };

        AssertActs(settings, (layer, name) => (layer, name) switch
        {
            (1, "q_proj") => (5, 1.0 / 5),
            (_, "q_proj") => (3, 12.0 / 3),
            (_, "down_proj") => (2, 6.0 / 2),
            _ => (0, 0),
        });
    }

    [Fact]
    public void A_rank_stabilized_adapter_is_scaled_by_the_root_of_its_rank()
    {
        var settings = new JsonObject { ["r"] = 4, ["lora_alpha"] = 3, ["use_rslora"] = true, ["target_modules"] = new JsonArray("v_proj") };

        AssertActs(settings, (_, name) => name == "v_proj" ? (4, 3.0 / 2) : (0, 0));
    }

    [Theory]
    [InlineData("all-linear")]
    [InlineData(@".*\.(q|k|v|o|gate|up|down)_proj")]
    public void Targets_may_be_all_or_a_pattern(string targets)
    {
        var settings = new JsonObject { ["r"] = 2, ["lora_alpha"] = 2, ["target_modules"] = targets };

        AssertActs(settings, (_, _) => (2, 1));
    }

    [Fact]
    public void Of_the_targets_those_in_the_weights_file_count()
    {
        // As peft's layers_to_transform and exclude_modules leave it.
        var settings = new JsonObject { ["r"] = 2, ["lora_alpha"] = 2, ["target_modules"] = new JsonArray("q_proj"), ["layers_to_transform"] = new JsonArray(1) };

        AssertActs(settings, (layer, name) => layer == 1 && name == "q_proj" ? (2, 1) : (0, 0));
    }

    [Fact]
    public void Half_precision_weights_are_read_and_act_in_single_precision()
    {
        var settings = new JsonObject { ["r"] = 2, ["lora_alpha"] = 2, ["target_modules"] = new JsonArray("q_proj") };

        AssertActs(settings, (_, name) => name == "q_proj" ? (2, 1) : (0, 0), DType.BFloat16);
    }

    [Fact]
    public void A_pickled_adapter_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        using LanguageModel language = TinyModel.Create(1);
        File.WriteAllText(folder.File(AdapterConfig.FileName), """{"peft_type":"LORA","r":2,"lora_alpha":2,"target_modules":["q_proj"]}""");
        File.WriteAllText(folder.File("adapter_model.bin"), "x");

        var refused = Assert.Throws<CheckpointException>(() => AdapterFolder.Load(language.Model, "a", folder.FullPath));

        Assert.Contains("adapter_model.bin is pickled", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Writes an adapter folder by hand, loads it, and compares with a model that has the dense updates added to its weights.</summary>
    /// <param name="settings">What the settings file says beside the usual.</param>
    /// <param name="expected">Rank (0 for no adapter) and scale of a projection.</param>
    /// <param name="dtype">Type of the weights in the file.</param>
    private static void AssertActs(JsonObject settings, Func<int, string, (int Rank, double Scale)> expected, DType dtype = DType.Float32)
    {
        using var noGrad = NoGrad.Begin();
        using var scope = TensorScope.Begin();
        using var folder = new TemporaryFolder();
        using var generator = new Generator(3);
        using LanguageModel adapted = TinyModel.Create(1);
        using LanguageModel dense = TinyModel.Create(1);
        var file = new List<(string, Tensor)>();
        foreach (Projection projection in dense.Model.Projections)
        {
            (int rank, double scale) = expected(projection.Layer, projection.Name);
            if (rank == 0)
            {
                continue;
            }

            Tensor weight = projection.Linear.Base.Weight.Value;
            Tensor a = Drawn(rank, weight.Size(1), generator).To(dtype);
            Tensor b = Drawn(weight.Size(0), rank, generator).To(dtype);
            file.Add(($"base_model.model.{projection.Key}.lora_A.weight", a));
            file.Add(($"base_model.model.{projection.Key}.lora_B.weight", b));
            weight.AddInPlace(b.To(DType.Float32).MatMul(a.To(DType.Float32)).Mul(scale));
        }

        settings["peft_type"] = "LORA";
        settings["lora_dropout"] = 0.05;
        File.WriteAllText(folder.File("adapter_config.json"), settings.ToJsonString());
        SafetensorsWriter.Write(folder.File("adapter_model.safetensors"), file);

        AdapterConfig read = AdapterFolder.Load(adapted.Model, "theirs", folder.FullPath);

        using AdapterBlend blend = AdapterBlend.Single("theirs");
        long[] ids = TinyModel.Ids(new Random(4), 7);
        Close.To(TinyModel.Run(dense.Model, ids), TinyModel.Run(adapted.Model, ids, new DecoderContext { Blend = blend }), Tolerance.SameDecoder, "hidden states");
        AdapterFolder.Save(adapted.Model, "theirs", read, folder.File("again"), "base");
        Assert.Equal(read, AdapterFolder.Load(adapted.Model, "again", folder.File("again")), (x, y) => Same(x!, y!));
    }

    private static Tensor Drawn(long rows, long columns, Generator generator)
    {
        Tensor values = Tensor.Zeros([rows, columns]);
        values.NormalInPlace(0, 0.25, generator);
        return values;
    }

    private static bool Same(AdapterConfig x, AdapterConfig y) =>
        x.Lora.Rank == y.Lora.Rank && x.Lora.Alpha == y.Lora.Alpha && x.Lora.RankStabilized == y.Lora.RankStabilized && x.TargetPattern == y.TargetPattern
        && x.Lora.TargetModules.SequenceEqual(y.Lora.TargetModules) && x.RankPattern.SequenceEqual(y.RankPattern) && x.AlphaPattern.SequenceEqual(y.AlphaPattern);
}
