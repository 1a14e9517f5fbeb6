using ThinkRec.Models.Llm;
using ThinkRec.Nn;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Llm;

public sealed class ModelInspectionTests : TensorTest
{
    [Theory]
    [InlineData(false, 2, null)]
    [InlineData(true, 4, null)]
    [InlineData(false, 1, 6)]
    public void The_weights_listed_are_those_that_the_model_asks_for(bool tied, int keyValueHeads, int? headDim)
    {
        LlamaConfig config = TinyModel.Config with { TieWordEmbeddings = tied, NumKeyValueHeads = keyValueHeads, HeadDim = headDim };
        using var generator = new Generator(1);
        var asked = new Asked(new FreshWeights(generator));
        using var model = new LlamaModel(new WeightPath(asked), config);

        Assert.Equal(asked.Weights, LlamaWeight.All(config).Select(weight => $"{weight.Key} [{string.Join(", ", weight.Shape)}]"));
        Assert.Equal(model.Parameters().Sum(p => p.Value.NumElements), LlamaWeight.Count(config));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Counts_are_those_of_the_tensors_in_the_file(bool tied)
    {
        using var folder = new TemporaryFolder();
        Save(folder, TinyModel.Config with { TieWordEmbeddings = tied });

        var found = ModelInspection.Of(folder.FullPath);

        using var file = SafetensorsFile.Open(folder.File(LanguageModel.WeightsFile));
        Assert.Equal(file.Keys.Sum(key => Elements(file.Describe(key))), found.Parameters);
        Assert.Equal(found.Parameters, Enum.GetValues<LlamaPart>().Sum(found.ParametersOf));
        Assert.Equal(340 * 32, found.ParametersOf(LlamaPart.Embedding));
        Assert.Equal(tied ? 0 : 340 * 32, found.ParametersOf(LlamaPart.Head));
        Assert.Equal([KeyValuePair.Create(DType.Float32, file.Keys.Count)], found.ElementTypes);
        Assert.Equal(found.Parameters * 4, found.WeightBytes);
        Assert.Empty(found.Problems.Concat(found.LeftOver).Concat(found.Redundant));
    }

    [Fact]
    public void The_cache_takes_what_is_said_of_each_position()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using var folder = new TemporaryFolder();
        using LanguageModel model = TinyModel.Create(1);
        model.Save(folder.FullPath);
        using var cache = new KvCache(TinyModel.Config.NumHiddenLayers);
        TinyModel.Run(model.Model, TinyModel.Ids(new Random(1), 9), new DecoderContext { Cache = cache });
        (Tensor keys, Tensor values) = cache.Append(0, Tensor.Zeros([1, 2, 0, 8]), Tensor.Zeros([1, 2, 0, 8]));

        long bytes = (keys.NumElements + values.NumElements) * keys.DType.Size() * TinyModel.Config.NumHiddenLayers;

        Assert.Equal(bytes, 9 * ModelInspection.Of(folder.FullPath).CacheBytesPerPosition);
    }

    [Fact]
    public void What_is_missing_and_what_is_left_over_is_named()
    {
        using var folder = new TemporaryFolder();
        Save(folder, TinyModel.Config, p => p.Key is "model.norm.weight" ? null : p.Value);
        (TinyModel.Config with { NumHiddenLayers = 2, IntermediateSize = 50 }).Save(folder.FullPath);

        var found = ModelInspection.Of(folder.FullPath);

        Assert.Equal(7, found.Problems.Count);
        Assert.Contains("Weight 'model.norm.weight' [32] is missing.", found.Problems);
        Assert.Contains("Weight 'model.layers.1.mlp.down_proj.weight' [32, 50] is [32, 48] in the file.", found.Problems);
        Assert.Equal(9, found.LeftOver.Count);
        Assert.All(found.LeftOver, key => Assert.StartsWith("model.layers.2.", key, StringComparison.Ordinal));
        string refused = Assert.Throws<CheckpointException>(() => LanguageModel.Inspect(folder.FullPath)).Message;
        Assert.StartsWith($"{folder.FullPath}: Weight 'model.layers.0.mlp.gate_proj.weight' [50, 32] is [48, 32] in the file.", refused, StringComparison.Ordinal);
        Assert.Contains("4 more", refused, StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_of_rotations_and_the_head_of_a_tied_model_are_not_needed()
    {
        using var scope = TensorScope.Begin();
        using var folder = new TemporaryFolder();
        Save(folder, TinyModel.Config, more: [("model.layers.0.self_attn.rotary_emb.inv_freq", Tensor.Zeros([4])), ("model.layers.0.self_attn.rotary_emb.freq", Tensor.Zeros([4]))]);
        (TinyModel.Config with { TieWordEmbeddings = true }).Save(folder.FullPath);

        var found = ModelInspection.Of(folder.FullPath);

        Assert.Equal(["lm_head.weight", "model.layers.0.self_attn.rotary_emb.inv_freq"], found.Redundant);
        Assert.Equal(["model.layers.0.self_attn.rotary_emb.freq"], found.LeftOver);
        Assert.Empty(found.Problems);
        LanguageModel.Load(folder.FullPath).Dispose();
    }

    [Fact]
    public void A_model_in_half_the_bytes_is_computed_in_Float32()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using LanguageModel whole = TinyModel.Create(5);
        using var folder = new TemporaryFolder();
        Save(folder, TinyModel.Config, p => p.Value.To(DType.BFloat16), seed: 5);

        using LanguageModel half = LanguageModel.Load(folder.FullPath);

        Assert.Equal([DType.BFloat16], ModelInspection.Of(folder.FullPath).ElementTypes.Keys);
        Assert.All(half.Model.Parameters().Zip(whole.Model.Parameters()), pair =>
            Assert.Equal(pair.Second.Value.To(DType.BFloat16).To(DType.Float32).ToFloats(), pair.First.Value.ToFloats()));
        Assert.Equal(20, TextCompletion.Complete(half, "A user", new GenerationOptions { MaxNewTokens = 20, Temperature = 1, Seed = 1 }, [], TestContext.Current.CancellationToken).NewTokens);
    }

    [Fact]
    public void Quantized_weights_are_refused_and_not_read_as_numbers()
    {
        using var scope = TensorScope.Begin();
        using var folder = new TemporaryFolder();
        Save(folder, TinyModel.Config, p => p.Key.EndsWith("q_proj.weight", StringComparison.Ordinal) ? p.Value.To(DType.Int8) : p.Value);

        var found = ModelInspection.Of(folder.FullPath);
        var refused = Assert.Throws<CheckpointException>(() => LanguageModel.Load(folder.FullPath));

        Assert.Equal(3, found.Problems.Count);
        Assert.Equal("Weight 'model.layers.0.self_attn.q_proj.weight' [32, 32] is Int8 in the file, expected a floating type.", found.Problems[0]);
        Assert.Contains("'model.layers.0.self_attn.q_proj.weight' [32, 32] is Int8 in ", refused.Message, StringComparison.Ordinal);
    }

    private static void Save(TemporaryFolder folder, LlamaConfig config, Func<Parameter, Tensor?>? change = null, (string, Tensor)[]? more = null, long seed = 1)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using LanguageModel model = TinyModel.Create(seed, config);
        model.Save(folder.FullPath);
        SafetensorsWriter.Write(
            folder.File(LanguageModel.WeightsFile),
            model.Model.Parameters().Select(p => (p.Key, Value: change is null ? p.Value : change(p))).Where(p => p.Value is not null).Select(p => (p.Key, p.Value!)).Concat(more ?? []));
    }

    private static long Elements(TensorInfo info) => info.Shape.Aggregate(1L, (product, size) => product * size);

    private sealed class Asked(WeightSource source) : WeightSource
    {
        internal List<string> Weights { get; } = [];

        public override Tensor Get(string key, long[] shape, Init init)
        {
            Weights.Add($"{key} [{string.Join(", ", shape)}]");
            return source.Get(key, shape, init);
        }
    }
}
