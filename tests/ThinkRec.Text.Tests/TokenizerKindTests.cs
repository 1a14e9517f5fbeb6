using FsCheck;
using FsCheck.Fluent;
using ThinkRec.TestKit;

namespace ThinkRec.Text.Tests;

/// <summary>Every kind of tokenizer file, made up, so that each reader is tested where the published ones are not at hand.</summary>
public sealed class TokenizerKindTests
{
    private static readonly Config Config = Config.QuickThrowOnFailure.WithMaxTest(200).WithReplay(20261123, 7);
    private static readonly string[] Lossless = ["byte-level json", "llama3-like json", "tiktoken", "sentencepiece", "llama2.c"];

    public static TheoryData<string> Kinds { get; } = [.. MadeUpFiles.All.Keys];

    [Theory]
    [InlineData("llama3-like json", " the cat", new[] { 258, 260 })]
    [InlineData("llama2-like json", "the cat", new[] { 11, 14 })]
    [InlineData("llama2-like json", " the", new[] { 3, 11 })]
    [InlineData("llama2-like json", "the xyz.", new[] { 11, 3, 0, 15 })]
    [InlineData("metaspace json", "the  cat", new[] { 11, 3, 14 })]
    [InlineData("wordpiece json", "The cats, cat.", new[] { 3, 4, 5, 0, 4, 6 })]
    [InlineData("vocabulary and merges", " the", new[] { 258 })]
    [InlineData("tiktoken", " thecat", new[] { 258, 99, 97, 116 })]
    [InlineData("tiktoken", "cat", new[] { 259 })]
    [InlineData("sentencepiece", "the cat", new[] { 268, 271 })]
    [InlineData("sentencepiece", "é", new[] { 260, 4 + 0xC3, 4 + 0xA9 })]
    [InlineData("sentencepiece without bytes", "the xyz.", new[] { 12, 4, 0, 16 })]
    [InlineData("wordpiece", "The CATS cáts.中x", new[] { 4, 5, 6, 5, 6, 8, 9, 1 })]
    [InlineData("llama2.c", "the cat", new[] { 267, 270 })]
    public void Ids_are_those_of_the_files(string kind, string text, int[] ids) => Assert.Equal(ids, MadeUpFiles.Load(kind).Encode(text));

    [Theory]
    [InlineData("llama3-like json", "<s>the</s> \n<s>", new[] { 300, 300, 116, 257, 301, 300 })]
    [InlineData("llama2-like json", "the<s>the", new[] { 1, 11, 1, 11 })]
    [InlineData("metaspace json", "the<s>the", new[] { 1, 11, 1, 4, 8 + 2 })]
    [InlineData("wordpiece json", "cat[SEP]cat", new[] { 1, 4, 2, 4, 2 })]
    [InlineData("vocabulary and merges", "e </s>a<tool> <tool>", new[] { 300, 101, 301, 97, 60, 116, 111, 111, 108, 62, 32, 302 })]
    [InlineData("sentencepiece", "[INST]the", new[] { 1, 3, 268 })]
    public void Text_of_our_own_may_name_added_tokens(string kind, string text, int[] ids) =>
        Assert.Equal(ids, MadeUpFiles.Load(kind).EncodeWithAddedTokens(text, isFramed: true));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void No_text_yields_an_added_token_and_streaming_is_decoding(string kind)
    {
        var tokenizer = MadeUpFiles.Load(kind);
        int? unknown = tokenizer.FindToken("<unk>") ?? tokenizer.FindToken("[UNK]");
        int[] added = [.. new[] { "<s>", "</s>", "[INST]", "[CLS]", "[SEP]", "<tool>", "<|vector|>" }.Select(tokenizer.FindToken).OfType<int>()];
        Assert.True(added.Length >= 3 || kind == "byte-level json");

        Holds(text =>
        {
            var ids = tokenizer.Encode(text + "<s></s>[INST][CLS][SEP]<tool><|vector|>" + text);
            Assert.DoesNotContain(ids, id => added.Contains(id) && id != unknown);
            foreach (var continues in new[] { false, true })
            {
                var decoder = tokenizer.CreateStreamingDecoder(continues: continues);
                List<string> pieces = [.. ids.Select(decoder.Push), decoder.Flush()];
                Assert.Equal(tokenizer.Decode(ids, continues: continues), string.Concat(pieces));
                Assert.DoesNotContain(pieces, piece => piece.Length > 0 && char.IsHighSurrogate(piece[^1]));
            }
        });
    }

    [Fact]
    public void Any_text_comes_back_where_there_is_a_token_for_each_byte()
    {
        var tokenizers = Lossless.Select(MadeUpFiles.Load).ToArray();

        Holds(text =>
        {
            var whole = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text)).Replace('\u2581', '_');
            Assert.All(tokenizers, tokenizer => Assert.Equal(whole, tokenizer.Decode(tokenizer.Encode(whole))));
        });
    }

    [Fact]
    public void Any_bytes_come_back_through_the_tokens_of_single_bytes()
    {
        var random = new Random(20261124);
        foreach (var tokenizer in new[] { "llama3-like json", "tiktoken" }.Select(MadeUpFiles.Load))
        {
            for (var i = 0; i < 200; i++)
            {
                var bytes = new byte[random.Next(40)];
                random.NextBytes(bytes);
                Assert.Equal(bytes, bytes.SelectMany(value => tokenizer.BytesOf(value, skipSpecialTokens: true).ToArray()));
                Assert.Equal(System.Text.Encoding.UTF8.GetString(bytes), tokenizer.Decode([.. bytes.Select(value => (int)value)]));
            }
        }
    }

    [Fact]
    public void A_text_that_goes_on_gets_no_space_of_its_own()
    {
        foreach (var tokenizer in new[] { "llama2-like json", "metaspace json", "sentencepiece", "llama2.c" }.Select(MadeUpFiles.Load))
        {
            var builder = new PromptBuilder(tokenizer);
            builder.AppendBegin();
            builder.AppendTemplateText("the cat");
            builder.AppendUntrusted(" the", 9);
            builder.AppendTemplateText(" the");

            Assert.Equal("the catthe the", tokenizer.Decode(builder.Build().TokenIds));
            Assert.Equal(" the", tokenizer.Decode([tokenizer.FindToken(" the")!.Value], continues: true));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Saving_and_loading_keeps_everything(string kind)
    {
        var tokenizer = MadeUpFiles.Load(kind);
        using var folder = new TemporaryFolder();

        tokenizer.Save(folder.FullPath);
        var again = Tokenizer.Load(folder.FullPath);

        Assert.Equal(tokenizer.Fingerprint, again.Fingerprint);
        Assert.Equal(tokenizer.PlaceholderId, again.PlaceholderId);
        Assert.Equal(tokenizer.Encode("the cats, the cát."), again.Encode("the cats, the cát."));
    }

    [Fact]
    public void A_configuration_adds_tokens_after_those_of_a_model()
    {
        using var folder = new TemporaryFolder();
        MadeUpFiles.Write(MadeUpFiles.All["sentencepiece"], folder.FullPath);
        File.WriteAllText(folder.File("tokenizer_config.json"), """
            {"add_bos_token":false,"add_eos_token":true,"eos_token":"<|end|>","legacy":false,
            "added_tokens_decoder":{"1":{"content":"<s>","special":true},"273":{"content":"<|end|>","special":true}}}
            """);

        var tokenizer = Tokenizer.Load(folder.FullPath);

        Assert.Equal((1, 273, 274), (tokenizer.BeginId, tokenizer.EndId, tokenizer.PlaceholderId));
        Assert.Equal([268, 273, 261, 267, 273], tokenizer.EncodeWithAddedTokens("the<|end|>the", isFramed: true));
    }

    [Fact]
    public void Models_of_sentencepiece_that_encode_otherwise_are_refused()
    {
        (byte[] Field, string Key)[] cases =
        [
            ([3 << 3 | 2, 4, 0x12, 2, 7, 7], "normalizer_spec.precompiled_charsmap"),
            ([3 << 3 | 2, 2, 0x28, 0], "normalizer_spec.escape_whitespaces"),
            ([2 << 3 | 2, 2, 0x18, 1], "trainer_spec"),
            ([2 << 3 | 2, 3, 0xC0, 1, 1], "trainer_spec"),
            ([1 << 3 | 2, 5, 0x0A, 1, (byte)'q', 0x18, 5], "pieces[17]"),
            ([1 << 3 | 2, 5, 0x0A, 1, 0xFF, 0x18, 1], "pieces[17]"),
            ([1 << 3 | 2, 5, 0x0A, 1, (byte)'t', 0x18, 1], "pieces[17]"),
            ([1 << 3 | 2, 127], ""),
            ([1 << 3 | 3], ""),
        ];

        Assert.All(cases, entry =>
        {
            using var folder = new TemporaryFolder();
            File.WriteAllBytes(folder.File("tokenizer.model"), MadeUpFiles.SentencePiece(withBytes: false, model => model.Write(entry.Field)));
            Assert.Equal(entry.Key, Assert.Throws<TokenizerFormatException>(() => Tokenizer.Load(folder.FullPath)).Key);
        });
    }

    private static void Holds(Action<string> property) => Prop.ForAll(
        Arb.From(Gen.Elements([.. HostileText.Pieces, "the", " cat", "  ", "é", "\uD83D"]).ListOf().Select(string.Concat)), property).Check(Config);
}
