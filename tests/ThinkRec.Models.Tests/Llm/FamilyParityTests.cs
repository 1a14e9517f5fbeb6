using ThinkRec.Models.Llm;
using ThinkRec.Nn;
using ThinkRec.Nn.Tests.Support;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Llm;

/// <summary>A tiny decoder of every family against the plain PyTorch one of tools/parity/record_families.py, and against itself read in other ways.</summary>
public sealed class FamilyParityTests : TensorTest
{
    private static readonly LoraConfig Lora = new() { Rank = 2, Alpha = 4, Dropout = 0, TargetModules = ["q_proj", "v_proj", "o_proj"] };

    public static TheoryData<string> Families =>
    [
        "llama2", "llama3", "llama3.1", "llama3.2", "llama-linear", "llama-yarn", "llama-bias", "mistral", "mistral-v0.3", "qwen2", "qwen2-window", "qwen3", "smollm2", "smollm3",
    ];

    [Theory]
    [MemberData(nameof(Families))]
    public void Logits_loss_and_gradients_equal_PyTorch(string name)
    {
        using var family = new Recorded(name);
        using var scope = TensorScope.Begin();
        LlamaModel model = family.Model;
        long[] ids = family.Record["ids"].ToArray<long>();

        using (NoGrad.Begin())
        {
            Close.To(family.Record["logits"], model.Logits(TinyModel.Run(model, ids)).Select(0, 0), Tolerance.Decoder, "logits");
        }

        using var blend = AdapterBlend.Single("a");
        Tensor logits = model.Logits(TinyModel.Run(model, ids, new DecoderContext { Blend = blend })).Select(0, 0);
        Tensor loss = Losses.TokenCrossEntropy(logits.Narrow(0, 0, ids.Length - 1), Tensor.From(ids.AsSpan(1), ids.Length - 1));
        loss.Backward();

        Close.To(family.Record["adapted.logits"], logits, Tolerance.Decoder, "adapted.logits");
        Close.To(family.Record["adapted.loss"], loss, Tolerance.Decoder, "adapted.loss");
        string[] recorded = [.. family.Record.File.Keys.Where(key => key.StartsWith("grad.", StringComparison.Ordinal))];
        Assert.True(recorded.Length >= 10);
        Assert.All(recorded, key =>
        {
            string wanted = key["grad.".Length..];
            Parameter parameter = model.Parameters().Single(p => p.Key == wanted || p.Key == $"lora.{wanted}");
            Close.To(family.Record[key], parameter.Value.Grad()!, Tolerance.Decoder, key);
        });
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void The_record_holds_every_weight_of_the_model_and_no_other(string name)
    {
        using var family = new Recorded(name);

        Assert.Equal(
            family.Record.File.Keys.Where(key => key.StartsWith("weights.", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            LlamaWeight.All(family.Model.Config).Select(weight => $"weights.{weight.Key}").Order(StringComparer.Ordinal));
        family.Record.AssertScriptsUnchanged();
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Reading_in_chunks_with_a_cache_equals_reading_at_once(string name)
    {
        using var family = new Recorded(name);
        using var noGrad = NoGrad.Begin();
        long[] ids = family.Ids();
        for (int seed = 0; seed < 20; seed++)
        {
            using var scope = TensorScope.Begin();
            var random = new Random(seed);
            using var cache = new KvCache(family.Model.Config.NumHiddenLayers);
            var parts = new List<Tensor>();
            for (int at = 0; at < ids.Length;)
            {
                int count = seed == 0 ? 1 : random.Next(1, ids.Length - at + 1);
                parts.Add(TinyModel.Run(family.Model, ids[at..(at + count)], new DecoderContext { Cache = cache }));
                at += count;
            }

            Close.To(TinyModel.Run(family.Model, ids), Tensor.Cat(1, [.. parts]), Tolerance.SameDecoder, $"seed {seed}");
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Rows_padded_on_the_left_equal_the_rows_alone_and_so_do_their_continuations(string name)
    {
        using var family = new Recorded(name);
        using var noGrad = NoGrad.Begin();
        LlamaModel model = family.Model;
        for (int seed = 0; seed < 10; seed++)
        {
            using var scope = TensorScope.Begin();
            var random = new Random(seed);
            long[][] rows = [.. Enumerable.Range(0, random.Next(2, 5)).Select(_ => family.Ids()[..random.Next(3, 24)])];
            int[] prompts = [.. rows.Select(row => random.Next(1, row.Length - 1))];
            int width = prompts.Max();
            int[] padding = [.. prompts.Select(prompt => width - prompt)];
            using var cache = new KvCache(model.Config.NumHiddenLayers);
            var context = new DecoderContext { Cache = cache, LeftPadding = padding };

            Tensor read = model.Forward(model.Embed(Tensor.From(
                [.. rows.SelectMany((row, r) => Enumerable.Repeat(0L, padding[r]).Concat(row[..prompts[r]]))], rows.Length, width)), context);
            int steps = rows.Select((row, r) => row.Length - prompts[r]).Min();
            Tensor[] further = [.. Enumerable.Range(0, steps).Select(step =>
                model.Forward(model.Embed(Tensor.From([.. rows.Select((row, r) => row[prompts[r] + step])], rows.Length, 1)), context))];

            for (int r = 0; r < rows.Length; r++)
            {
                Tensor alone = TinyModel.Run(model, rows[r][..(prompts[r] + steps)]);
                Tensor together = Tensor.Cat(1, [read, .. further]).Narrow(0, r, 1).Narrow(1, padding[r], prompts[r] + steps);
                Close.To(alone, together, Tolerance.SameDecoder, $"seed {seed}, row {r}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void In_half_the_bytes_the_logits_are_those_of_Float32_within_the_type_s_precision(string name)
    {
        using var family = new Recorded(name);
        using var half = new Recorded(name, DType.BFloat16);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        long[] ids = family.Ids();

        Tensor logits = half.Model.Logits(TinyModel.Run(half.Model, ids));

        Assert.Equal((DType.BFloat16, DType.Float32), (TinyModel.Run(half.Model, ids).DType, logits.DType));
        Close.To(family.Model.Logits(TinyModel.Run(family.Model, ids)), logits, Tolerance.HalfDecoder, name);
        Close.OnAverage(family.Model.Logits(TinyModel.Run(family.Model, ids)), logits, Tolerance.HalfDecoderMean, name);
        using var cache = new KvCache(half.Model.Config.NumHiddenLayers);
        Tensor first = TinyModel.Run(half.Model, ids[..9], new DecoderContext { Cache = cache });
        Tensor last = TinyModel.Run(half.Model, ids[9..], new DecoderContext { Cache = cache });
        Close.To(logits, half.Model.Logits(Tensor.Cat(1, first, last)), Tolerance.HalfDecoder, "cached");
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void With_projections_in_8_bits_the_logits_are_those_of_the_rounded_weights_and_near_the_whole_ones(string name)
    {
        using var family = new Recorded(name);
        using var rounded = new Recorded(name, DType.Float32, key => LlamaWeight.IsProjection(key["weights.".Length..]) ? DType.Int8 : null);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        long[] ids = family.Ids();
        Tensor whole = family.Model.Logits(TinyModel.Run(family.Model, ids)), logits = rounded.Model.Logits(TinyModel.Run(rounded.Model, ids));

        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: off by {Math.Sqrt(((whole - logits) * (whole - logits)).Sum().ToDouble() / (whole * whole).Sum().ToDouble()):G3} on average");
        Assert.All(rounded.Model.Projections, p => Assert.Equal(DType.Int8, p.Linear.Base.Weight.Value.DType));
        Assert.NotEqual(whole.ToFloats(), logits.ToFloats());
        Close.OnAverage(whole, logits, Tolerance.Int8DecoderMean, name);
        using var cache = new KvCache(rounded.Model.Config.NumHiddenLayers);
        Tensor first = TinyModel.Run(rounded.Model, ids[..9], new DecoderContext { Cache = cache });
        Tensor last = TinyModel.Run(rounded.Model, ids[9..10], new DecoderContext { Cache = cache });
        foreach ((Projection full, Projection eighth) in family.Model.Projections.Zip(rounded.Model.Projections))
        {
            full.Linear.Base.Weight.Value.CopyInPlace(Int8Rows.Dequantize(eighth.Linear.Base.Weight.Value, eighth.Linear.Base.Scale!.Value));
        }

        Close.To(family.Model.Logits(TinyModel.Run(family.Model, ids)), logits, Tolerance.SameDecoder, "dequantised");
        Close.To(logits.Narrow(1, 0, 10), rounded.Model.Logits(Tensor.Cat(1, first, last)), Tolerance.SameDecoder, "cached");
    }

    [Fact]
    public void Adapters_on_frozen_half_precision_weights_get_gradients_in_Float32_near_the_recorded_ones()
    {
        using var family = new Recorded("qwen2", DType.BFloat16);
        using var scope = TensorScope.Begin();
        foreach (Parameter parameter in family.Model.Parameters().Where(p => p.Value.DType == DType.BFloat16))
        {
            parameter.Trainable = false;
        }

        long[] ids = family.Ids();
        using var blend = AdapterBlend.Single("a");
        Tensor logits = family.Model.Logits(TinyModel.Run(family.Model, ids, new DecoderContext { Blend = blend })).Select(0, 0);
        Losses.TokenCrossEntropy(logits.Narrow(0, 0, ids.Length - 1), Tensor.From(ids.AsSpan(1), ids.Length - 1)).Backward();

        foreach (Parameter parameter in Adapters.Parameters(family.Model, "a"))
        {
            Tensor grad = parameter.Value.Grad()!;
            Assert.Equal(DType.Float32, grad.DType);
            Close.To(family.Record[$"grad.{parameter.Key["lora.".Length..]}"], grad, 10 * Tolerance.HalfDecoder, parameter.Key);
        }
    }

    [Fact]
    public void Left_padding_of_other_rows_and_positions_that_the_model_lacks_are_refused()
    {
        using var family = new Recorded("llama2");
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        Tensor embeddings = family.Model.Embed(Tensor.From(new long[65], 1, 65));

        Assert.Contains("65 tokens but the model takes 64", Assert.Throws<ArgumentException>(() => family.Model.Forward(embeddings)).Message, StringComparison.Ordinal);
        Assert.Equal([1, 65, 24], family.Model.Forward(embeddings, new DecoderContext { LeftPadding = [1] }).Shape.ToArray());
        Assert.Contains("2 rows", Assert.Throws<ArgumentException>(() => family.Model.Forward(embeddings, new DecoderContext { LeftPadding = [1, 2] })).Message, StringComparison.Ordinal);
        Assert.Contains("(-1)", Assert.Throws<ArgumentException>(() => family.Model.Forward(embeddings, new DecoderContext { LeftPadding = [-1] })).Message, StringComparison.Ordinal);
    }

    /// <summary>A recorded model, with its recorded adapter as "a".</summary>
    private sealed class Recorded : IDisposable
    {
        internal Recorded(string name, DType dtype = DType.Float32, Func<string, DType?>? choose = null)
        {
            Record = new Recording("ThinkRec.Models.Tests", Path.Combine("Families", name));
            using var folder = new TemporaryFolder();
            File.WriteAllText(folder.File(LlamaConfig.FileName), Record.Manifest.GetProperty("config").GetRawText());
            Model = new LlamaModel(new WeightPath(new Prefixed(new FileWeights(Record.File, dtype, choose: choose), "weights.")), LlamaConfig.Load(folder.FullPath));
            foreach (Projection projection in Model.Projections.Where(p => Record.File.Contains($"lora.{p.Key}.lora_A.weight")))
            {
                projection.Linear.AddAdapter("a", new WeightPath(new FileWeights(Record.File), $"lora.{projection.Key}"), Lora);
            }
        }

        internal Recording Record { get; }

        internal LlamaModel Model { get; }

        internal long[] Ids()
        {
            using var scope = TensorScope.Begin();
            return Record["ids"].ToArray<long>();
        }

        public void Dispose()
        {
            Model.Dispose();
            Record.Dispose();
        }
    }

    private sealed class Prefixed(WeightSource source, string prefix) : WeightSource
    {
        public override Tensor Get(string key, long[] shape, Init init) => source.Get(prefix + key, shape, init);
    }
}
