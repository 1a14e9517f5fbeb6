using ThinkRec.Models.Llm;
using ThinkRec.Nn;
using ThinkRec.Nn.Tests.Support;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Llm;

/// <summary>The same prompt read in different ways gives the same hidden states; a failure names the seed.</summary>
public sealed class DecoderTests : TensorTest
{
    private const int Cases = 40;

    [Fact]
    public void Reading_in_chunks_with_a_cache_equals_reading_at_once() => ForSeeds((model, random, name) =>
    {
        long[] ids = TinyModel.Ids(random, random.Next(2, 30));
        using var blend = random.Next(2) == 0 ? AdapterBlend.Single("a") : null;
        Tensor whole = TinyModel.Run(model, ids, new DecoderContext { Blend = blend });
        using var cache = new KvCache(model.Config.NumHiddenLayers);
        var parts = new List<Tensor>();
        for (int at = 0; at < ids.Length;)
        {
            int count = random.Next(1, ids.Length - at + 1);
            parts.Add(TinyModel.Run(model, ids[at..(at + count)], new DecoderContext { Blend = blend, Cache = cache }));
            at += count;
            Assert.Equal(at, cache.Length);
        }

        Close.To(whole, Tensor.Cat(1, [.. parts]), Tolerance.SameDecoder, name);
    });

    [Fact]
    public void Continuing_a_repeated_cache_equals_separate_prompts() => ForSeeds((model, random, name) =>
    {
        long[] prefix = TinyModel.Ids(random, random.Next(1, 12));
        int rows = random.Next(1, 6);
        int length = random.Next(1, 6);
        long[][] endings = [.. Enumerable.Range(0, rows).Select(_ => TinyModel.Ids(random, length))];
        using var cache = new KvCache(model.Config.NumHiddenLayers);
        _ = TinyModel.Run(model, prefix, new DecoderContext { Cache = cache });

        using KvCache repeated = cache.Repeat(rows);
        Tensor together = model.Forward(
            model.Embed(Tensor.From([.. endings.SelectMany(e => e)], rows, length)), new DecoderContext { Cache = repeated });

        for (int row = 0; row < rows; row++)
        {
            Tensor alone = TinyModel.Run(model, [.. prefix, .. endings[row]]).Narrow(1, prefix.Length, length);
            Close.To(alone, together.Narrow(0, row, 1), Tolerance.SameDecoder, name);
        }

        Assert.Equal(prefix.Length, cache.Length);
    });

    [Fact]
    public void A_row_padded_on_the_right_equals_the_row_alone() => ForSeeds((model, random, name) =>
    {
        long[][] rows = [.. Enumerable.Range(0, random.Next(2, 6)).Select(_ => TinyModel.Ids(random, random.Next(1, 15)))];
        int width = rows.Max(r => r.Length);
        string[] names = ["a", "b"];
        Tensor weights = Tensor.From([.. rows.SelectMany(_ => { float w = random.NextSingle(); return new[] { w, 1 - w }; })], rows.Length, 2);
        using var blend = AdapterBlend.Weighted(names, weights);
        long[] padded = [.. rows.SelectMany(r => r.Concat(Enumerable.Repeat(0L, width - r.Length)))];

        Tensor batch = model.Forward(model.Embed(Tensor.From(padded, rows.Length, width)), new DecoderContext { Blend = blend });

        for (int row = 0; row < rows.Length; row++)
        {
            using var own = AdapterBlend.Weighted(names, weights.Narrow(0, row, 1));
            Tensor alone = TinyModel.Run(model, rows[row], new DecoderContext { Blend = own });
            Close.To(alone, batch.Narrow(0, row, 1).Narrow(1, 0, rows[row].Length), Tolerance.SameDecoder, name);
        }
    });

    [Fact]
    public void Logits_of_a_few_tokens_are_those_of_all() => ForSeeds((model, random, name) =>
    {
        Tensor hidden = TinyModel.Run(model, TinyModel.Ids(random, 4)).Select(0, 0);
        Tensor tokens = Tensor.From(TinyModel.Ids(random, 5), 5);

        Close.To(model.Logits(hidden).IndexSelect(1, tokens), model.Logits(hidden, tokens), Tolerance.SameLayer, name);
    });

    [Fact]
    public void A_later_token_never_changes_an_earlier_state() => ForSeeds((model, random, name) =>
    {
        long[] ids = TinyModel.Ids(random, 10);
        long[] changed = [.. ids[..6], .. TinyModel.Ids(random, 4)];

        Close.To(TinyModel.Run(model, ids).Narrow(1, 0, 6), TinyModel.Run(model, changed).Narrow(1, 0, 6), Tolerance.SameDecoder, name);
    });

    [Fact]
    public void More_positions_than_the_model_has_are_refused_with_both_numbers()
    {
        using var scope = TensorScope.Begin();
        using LanguageModel language = TinyModel.Create(1, TinyModel.Config with { MaxPositionEmbeddings = 8 });
        LlamaModel model = language.Model;
        using var cache = new KvCache(3);
        var random = new Random(1);
        _ = TinyModel.Run(model, TinyModel.Ids(random, 8), new DecoderContext { Cache = cache });

        var cached = Assert.Throws<ArgumentException>(() => TinyModel.Run(model, TinyModel.Ids(random, 1), new DecoderContext { Cache = cache }));
        var whole = Assert.Throws<ArgumentException>(() => TinyModel.Run(model, TinyModel.Ids(random, 12)));

        Assert.Contains("9 tokens but the model takes 8", cached.Message, StringComparison.Ordinal);
        Assert.Contains("12 tokens", whole.Message, StringComparison.Ordinal);
    }

    private static void ForSeeds(Action<LlamaModel, Random, string> law)
    {
        using var noGrad = NoGrad.Begin();
        using LanguageModel language = TinyModel.Create(5);
        using var generator = new Generator(6);
        foreach (string name in new[] { "a", "b" })
        {
            Adapters.Create(language.Model, name, TinyModel.Lora, generator);
            TinyModel.Randomize(language.Model, name, name[0]);
        }

        for (int seed = 0; seed < Cases; seed++)
        {
            using var scope = TensorScope.Begin();
            law(language.Model, new Random(seed), $"seed {seed}");
        }
    }
}
