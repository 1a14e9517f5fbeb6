using ThinkRec.Models.Llm;
using ThinkRec.Models.Llm.Files;
using ThinkRec.Nn;
using ThinkRec.Nn.Tests.Support;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Llm;

/// <summary>Real checkpoints of llama2.c against the plain PyTorch reader of tools/parity/record_llama2c.py.</summary>
public sealed class Llama2cTests : TensorTest
{
    [Theory]
    [InlineData("stories260K")]
    [InlineData("aidreams260K")]
    public void Greedy_text_and_perplexity_are_those_of_PyTorch_token_for_token(string name)
    {
        Assert.SkipUnless(Repository.HasData($"models/{name}"), $"the checkpoint models/{name} is not beside the checkout");
        using var record = new Recording("ThinkRec.Models.Tests", name);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using LlamaModel model = Load(Repository.Data($"models/{name}/{name}.bin"));

        Tensor prompt = record["prompt"];
        int[] greedy = TextGenerator.Generate(
            model, model.Embed(prompt.Unsqueeze(0)), null, new GenerationOptions { MaxNewTokens = (int)record["greedy"].NumElements }, cancellation: TestContext.Current.CancellationToken);
        long[] text = record["text"].ToArray<long>();
        Tensor logits = model.Logits(TinyModel.Run(model, text)).Select(0, 0);
        double crossEntropy = Losses.TokenCrossEntropy(logits.Narrow(0, 0, text.Length - 1), Tensor.From(text.AsSpan(1), text.Length - 1)).ToDouble();
        double perplexity = Math.Exp(crossEntropy), expected = Math.Exp(record["cross_entropy"].ToDouble());

        Assert.Equal(record["greedy"].ToArray<long>(), greedy.Select(id => (long)id));
        Close.To(record["logits"], logits.Select(0, -1), Tolerance.Decoder, "logits");
        Assert.InRange(Math.Abs(perplexity - expected) / expected, 0, 1e-4);
        Assert.InRange(expected, 1, name == "stories260K" ? 10 : 512);
        record.AssertScriptsUnchanged();
    }

    [Theory]
    [InlineData("stories260K")]
    [InlineData("aidreams260K")]
    public void With_projections_in_8_bits_the_perplexity_is_within_two_hundredths(string name)
    {
        Assert.SkipUnless(Repository.HasData($"models/{name}"), $"the checkpoint models/{name} is not beside the checkout");
        using var record = new Recording("ThinkRec.Models.Tests", name);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        using var model = LanguageModel.Load(Repository.Data($"models/{name}"), new LoadOptions { Quantize = Quantization.Int8 });
        long[] text = record["text"].ToArray<long>();
        int[] recorded = [.. record["greedy"].ToArray<long>().Select(id => (int)id)];

        Tensor logits = model.Model.Logits(TinyModel.Run(model.Model, text)).Select(0, 0);
        double perplexity = Math.Exp(Losses.TokenCrossEntropy(logits.Narrow(0, 0, text.Length - 1), Tensor.From(text.AsSpan(1), text.Length - 1)).ToDouble());
        double expected = Math.Exp(record["cross_entropy"].ToDouble());
        int[] greedy = TextGenerator.Generate(
            model.Model, model.Model.Embed(record["prompt"].Unsqueeze(0)), null, new GenerationOptions { MaxNewTokens = recorded.Length }, cancellation: TestContext.Current.CancellationToken);

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{name}: perplexity {perplexity:F4} with int8, {expected:F4} in Float32; the first {greedy.Zip(recorded).TakeWhile(p => p.First == p.Second).Count()} of {recorded.Length} greedy tokens are the same");
        Assert.NotEqual(expected, perplexity);
        Assert.InRange(Math.Abs(perplexity - expected) / expected, 0, 0.02);
    }

    [Theory]
    [InlineData("stories260K", "", ", there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball.")]
    [InlineData("stories260K", "stories260K.bin", ", there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball.")]
    [InlineData("aidreams260K", "", ", pixels unfolding like petals.")]
    public void The_text_is_the_published_one(string name, string file, string published)
    {
        Assert.SkipUnless(Repository.HasData($"models/{name}"), $"the checkpoint models/{name} is not beside the checkout");
        using var record = new Recording("ThinkRec.Models.Tests", name);
        using var scope = TensorScope.Begin();
        using LanguageModel model = LanguageModel.Load(Path.Combine(Repository.Data($"models/{name}"), file));
        int[] greedy = [.. record["greedy"].ToArray<long>().Select(id => (int)id)];

        Completion completion = TextCompletion.Complete(model, "Once upon a time", new GenerationOptions { MaxNewTokens = greedy.Length }, [], TestContext.Current.CancellationToken);

        Assert.Equal(record["prompt"].ToArray<long>(), model.Tokenizer.Opening.Concat(model.Tokenizer.Encode("Once upon a time")).Select(id => (long)id));
        Assert.Equal(model.Tokenizer.Decode(greedy, continues: true), completion.Text);
        Assert.StartsWith(published, completion.Text, StringComparison.Ordinal);
        Assert.Equal([2, 1], model.EndIds);
    }

    [Fact]
    public void What_is_no_checkpoint_is_refused_with_what_was_found()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.bin");
        byte[] whole = Made(8, 12, 1, 2, 1, 16, 4);

        Write(path, whole);
        ModelFiles.Find(folder.FullPath).Open().Dispose();

        foreach ((byte[] bytes, string said) in new (byte[], string)[]
        {
            ([], "ends at byte 0"), (whole[..20], "ends at byte 20"), (whole[..^4], "It is cut short"), ([.. whole, 0], "It is cut short"),
            (Made(-8, 12, 1, 2, 1, 16, 4), "hidden_size is -8"), (Made(8, 12, 1, 0, 1, 16, 4), "num_attention_heads is 0"),
            (Made(8, 12, 1, 2, 1, int.MinValue, 4), "vocab_size"), (Made(8, 12, 1024, 2, 1, 1 << 22, 4)[..100], "It is cut short"),
            ([.. BitConverter.GetBytes(0x616b3432), .. whole[4..]], "version 12"),
        })
        {
            Write(path, bytes);
            var refused = Assert.Throws<CheckpointException>(() => ModelFiles.Find(path).Open().Dispose());
            Assert.StartsWith(path, refused.Message, StringComparison.Ordinal);
            Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_head_of_its_own_is_read_and_elements_that_are_not_finite_are_refused()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        byte[] bytes = Made(8, 12, 2, 2, 1, -16, 4);
        Write(folder.File("model.bin"), bytes);
        using (LlamaModel model = Load(folder.File("model.bin")))
        {
            Assert.False(model.Config.TieWordEmbeddings);
            Assert.Equal(LlamaWeight.All(model.Config).Select(w => w.Key), model.Parameters().Select(p => p.Key));
            Assert.Equal(BitConverter.ToSingle(bytes, bytes.Length - 4), model.HeadWeight.ToFloats()[^1]);
        }

        BitConverter.TryWriteBytes(bytes.AsSpan(^4..), float.NaN);
        Write(folder.File("model.bin"), bytes);
        Assert.Contains("'lm_head.weight'", Assert.Throws<CheckpointException>(() => Load(folder.File("model.bin"))).Message, StringComparison.Ordinal);
    }

    private static LlamaModel Load(string path)
    {
        var files = ModelFiles.Find(path);
        using ITensorStore store = files.Open();
        return new LlamaModel(new WeightPath(new FileWeights(store, DType.Float32)), files.Config);
    }

    private static void Write(string path, byte[] bytes) => File.WriteAllBytes(path, bytes);

    private static byte[] Made(int width, int inner, int layers, int heads, int keys, int vocabulary, int positions)
    {
        long w = Math.Abs(width), n = Math.Max(1, Math.Min(layers, 4)), head = w / Math.Max(heads, 1);
        long floats = (Math.Min(Math.Abs((long)vocabulary), 64) * w * (vocabulary < 0 ? 2 : 1)) + (n * ((2 * w) + (2 * w * w) + (2 * keys * head * w) + (3 * inner * w))) + w + (positions * head);
        byte[] header = [.. new[] { width, inner, layers, heads, keys, vocabulary, positions }.SelectMany(BitConverter.GetBytes)];
        return [.. header, .. Enumerable.Range(0, (int)floats).SelectMany(i => BitConverter.GetBytes(i % 17 * 0.01f))];
    }
}
