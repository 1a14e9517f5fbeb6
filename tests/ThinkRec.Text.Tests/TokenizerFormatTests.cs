using System.Text;
using System.Text.Json.Nodes;
using ThinkRec.TestKit;
using ThinkRec.Text.Bpe;

namespace ThinkRec.Text.Tests;

public sealed class TokenizerFormatTests
{
    private static readonly string Good = SavedJson();

    public static TheoryData<string, string, string> Edits => new()
    {
        { "normalizer", """{"type":"NFKC"}""", "normalizer.type" },
        { "normalizer", """{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Precompiled"}]}""", "normalizer.normalizers[1].type" },
        { "normalizer", """{"type":"Replace","pattern":{"String":"a"},"content":"aa"}""", "normalizer.content" },
        { "normalizer", """{"type":"Replace","pattern":{"Regex":"a"},"content":"b"}""", "normalizer.pattern" },
        { "normalizer", """{"type":"Prepend","prepend":"12345678901234567"}""", "normalizer.prepend" },
        { "pre_tokenizer", """{"type":"Punctuation"}""", "pre_tokenizer.type" },
        { "pre_tokenizer", """{"type":"Metaspace","replacement":"_"}""", "pre_tokenizer.replacement" },
        { "pre_tokenizer", """{"type":"Metaspace","prepend_scheme":"last"}""", "pre_tokenizer.prepend_scheme" },
        { "pre_tokenizer", """{"type":"Split","pattern":{"Regex":"(?=a)b"},"behavior":"Isolated"}""", "pre_tokenizer.pattern.Regex" },
        { "pre_tokenizer", """{"type":"Split","pattern":{"Regex":"(a+)+\\1"},"behavior":"Isolated"}""", "pre_tokenizer.pattern.Regex" },
        { "pre_tokenizer", """{"type":"Split","pattern":{"Regex":"((a{100}){100}){100}"},"behavior":"Isolated"}""", "pre_tokenizer.pattern.Regex" },
        { "pre_tokenizer", """{"type":"Split","pattern":{"Regex":"a"},"behavior":"Removed"}""", "pre_tokenizer.behavior" },
        { "pre_tokenizer", """{"type":"Split","pattern":{"String":"ab"},"behavior":"Isolated"}""", "pre_tokenizer.pattern.String" },
        { "pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"ByteLevel"},{"type":"Digits"}]}""", "pre_tokenizer.pretokenizers[1]" },
        { "pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"Digits"},{"type":"ByteLevel"}]}""", "pre_tokenizer.pretokenizers[1].add_prefix_space" },
        { "pre_tokenizer", "null", "model.unk_token" },
        { "post_processor", """{"type":"Other"}""", "post_processor.type" },
        { "post_processor", """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"A"}}]}""", "post_processor.single[0]" },
        { "decoder", """{"type":"WordPiece"}""", "decoder.type" },
        { "model", "[]", "model" },
        { "model.type", "\"Unigram\"", "model.type" },
        { "model.byte_fallback", "true", "model.byte_fallback" },
        { "model.dropout", "0.1", "model.dropout" },
        { "model.end_of_word_suffix", "\"</w>\"", "model.end_of_word_suffix" },
        { "model.vocab", "7", "model.vocab" },
        { "model.vocab", "{}", "model.vocab" },
        { "model.vocab.A", "66", "model.vocab['" },
        { "model.vocab.A", "-1", "model.vocab['A']" },
        { "model.vocab.A", "4000000000", "model.vocab['A']" },
        { "model.vocab.A", "1.5", "model.vocab['A']" },
        { "model.vocab.A", "\"69\"", "model.vocab['A']" },
        { "model.vocab.new", "2000000000", "model.vocab['new']" },
        { "model.vocab.a b", "700", "model.vocab['a b']" },
        { "model.vocab", """{"\ud800":1}""", "" },
        { "model.vocab", """{"\ud800":1,"x":2}""", "" },
        { "model.merges", """["A"]""", "model.merges[0]" },
        { "model.merges", """["A B C"]""", "model.merges[0]" },
        { "model.merges", """[["A","B"]]""", "model.merges[0]" },
        { "model.merges", """["t h","t h"]""", "model.merges[1]" },
        { "model.merges", """[["t"]]""", "model.merges[0]" },
        { "model.merges", """[7]""", "model.merges[0]" },
        { "model.merges", """["\ud800 h"]""", "model.merges[0]" },
        { "added_tokens", "{}", "added_tokens" },
        { "added_tokens", "[]", "added_tokens" },
        { "added_tokens", """[{"id":2}]""", "added_tokens[0].content" },
        { "added_tokens", """[{"id":2,"content":""}]""", "added_tokens[0].content" },
        { "added_tokens", """[{"id":2,"content":"\udc00","special":true}]""", "added_tokens[0].content" },
        { "added_tokens", """[{"id":2,"content":"<|end|>","special":"yes"}]""", "added_tokens[0].special" },
    };

    [Theory]
    [MemberData(nameof(Edits))]
    public void Files_that_are_wrong_or_not_supported_are_refused_by_key(string path, string json, string key)
    {
        var error = Refusal(Edit(path, json));

        Assert.StartsWith(key, error.Key, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"id":68,"content":"A","special":true}""", "no entry of its own")]
    [InlineData("""{"id":300,"content":"<|new|>","special":true}""", "would yield it")]
    [InlineData("""{"id":2,"content":"<|new|>","special":true}""", "also that of")]
    [InlineData("""{"id":9,"content":"<|end|>","special":true}""", "is added twice")]
    [InlineData("""{"id":1048576,"content":"<|new|>","special":true}""", "from 0 to 1048575")]
    public void Added_tokens_cannot_take_the_place_of_others(string token, string problem)
    {
        var root = JsonNode.Parse(Good)!;
        root["added_tokens"]!.AsArray().Add(JsonNode.Parse(token));

        Assert.Contains(problem, Refusal(root.ToJsonString()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_special_token_that_merges_would_make_is_refused()
    {
        var root = JsonNode.Parse(Good)!;
        root["model"]!["vocab"]!["QZ"] = 900;
        root["model"]!["merges"]!.AsArray().Add("Q Z");
        root["added_tokens"]!.AsArray().Add(JsonNode.Parse("""{"id":900,"content":"QZ","special":true}"""));

        Assert.Contains("plain text would yield it", Refusal(root.ToJsonString()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"model\":{\"type\":\"BPE\"")]
    [InlineData("{\"a\":1,\"a\":2}")]
    [InlineData("{\"\\ud800\":1,\"\\ud801\":2}")]
    [InlineData("{}")]
    public void Files_that_are_not_a_tokenizer_at_all_are_refused(string content) => Refusal(content);

    [Fact]
    public void Deep_nesting_and_broken_encodings_are_refused()
    {
        Refusal("{\"normalizer\":" + new string('[', 100_000));
        Refusal([0xFF, 0xFE, (byte)'{', 0, (byte)'}', 0]);
        Refusal([(byte)'{', (byte)'"', 0xC0, (byte)'"', (byte)':', (byte)'1', (byte)'}']);
    }

    [Fact]
    public void Random_damage_is_refused_or_harmless()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(20260108);
        for (var i = 0; i < 300; i++)
        {
            var bytes = Encoding.UTF8.GetBytes(Good);
            for (var edits = random.Next(1, 4); edits > 0; edits--)
            {
                var at = random.Next(bytes.Length);
                bytes[at] = (byte)"0{}[]\",:- udAz\\"[random.Next(15)];
            }

            File.WriteAllBytes(folder.File("tokenizer.json"), bytes);
            var error = Record.Exception(() =>
            {
                var tokenizer = Tokenizer.Load(folder.FullPath);
                Assert.Equal("Yes 🙂<|end|>", tokenizer.Decode(tokenizer.Encode("Yes 🙂<|end|>")));
            });

            Assert.True(error is null or TokenizerFormatException, $"Case {i} of seed 20260108: {error}");
        }
    }

    [Fact]
    public void A_file_beyond_the_size_limit_is_not_read()
    {
        using var folder = new TemporaryFolder();
        using (var stream = File.Create(folder.File("tokenizer.json")))
        {
            stream.SetLength(49L << 20);
        }

        Assert.Contains(
            "more than",
            Assert.Throws<TokenizerFormatException>(() => Tokenizer.Load(folder.FullPath)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Pairs_chosen_to_share_a_place_in_a_table_are_added_at_once()
    {
        var map = new PairMap();
        for (var i = 0; i < 300_000; i++)
        {
            Assert.True(map.TryAdd(MergeTable.Key(i, i ^ 0x55555), i, -i));
        }

        Assert.True(map.TryGetValue(MergeTable.Key(7, 7 ^ 0x55555), out var first, out var second));
        Assert.Equal((7, -7), (first, second));
        Assert.False(map.TryGetValue(MergeTable.Key(7, 7), out _, out _));
        Assert.False(map.TryAdd(MergeTable.Key(7, 7 ^ 0x55555), 0, 0));
    }

    [Fact]
    public void A_file_of_too_many_values_is_not_parsed() =>
        Assert.Contains("more values", Refusal("{\"a\":[0" + string.Concat(Enumerable.Repeat(",0", (8 << 20) + 1)) + "]}").Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"eos_token":"<|nowhere|>"}""", "eos_token")]
    [InlineData("""{"eos_token":{"content":7}}""", "eos_token.content")]
    [InlineData("""{"pad_token":["<|pad|>"]}""", "pad_token")]
    [InlineData("""{"bos_token":"<|vector|>"}""", "")]
    public void A_configuration_with_wrong_roles_is_refused(string configuration, string key)
    {
        var error = Refusal(Encoding.UTF8.GetBytes(Good), configuration);

        Assert.Equal(key, error.Key);
        Assert.EndsWith("tokenizer_config.json", error.File, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_gives_the_roles()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer.json"), Good);
        File.WriteAllText(
            folder.File("tokenizer_config.json"), """{"bos_token":{"content":"<|pad|>"},"pad_token":"<|end|>"}""");

        var tokenizer = Tokenizer.Load(folder.FullPath);

        Assert.Equal((0, 2, 2), (tokenizer.BeginId, tokenizer.EndId, tokenizer.PaddingId));
    }

    [Fact]
    public void Both_ways_of_writing_merges_give_the_same_tokenizer()
    {
        var root = JsonNode.Parse(Good)!;
        root["model"]!["merges"] = new JsonArray([.. root["model"]!["merges"]!.AsArray()
            .Select(merge => new JsonArray([.. merge!.GetValue<string>().Split(' ').Select(part => (JsonNode)part)]))]);
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer.json"), root.ToJsonString());

        Assert.Equal(TrainedTokenizer.Small.Fingerprint, Tokenizer.Load(folder.FullPath).Fingerprint);
    }

    [Fact]
    public void Unused_ids_decode_to_nothing()
    {
        var root = JsonNode.Parse(Good)!;
        root["added_tokens"]!.AsArray().Add(JsonNode.Parse("""{"id":1000,"content":"<|far|>","special":true}"""));
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer.json"), root.ToJsonString());

        var tokenizer = Tokenizer.Load(folder.FullPath);

        Assert.Equal(1001, tokenizer.VocabularySize);
        Assert.Equal("A", tokenizer.Decode([900, 4 + 'A']));
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        using var folder = new TemporaryFolder();

        var error = Assert.Throws<FileNotFoundException>(() => Tokenizer.Load(folder.FullPath));

        Assert.Contains("tokenizer.json", error.Message, StringComparison.Ordinal);
    }

    private static string Edit(string path, string json)
    {
        var root = JsonNode.Parse(Good)!;
        var names = path.Split('.');
        var parent = names[..^1].Aggregate(root, (node, name) => node[name]!);
        parent[names[^1]] = "EDITED";
        return root.ToJsonString().Replace("\"EDITED\"", json, StringComparison.Ordinal);
    }

    private static TokenizerFormatException Refusal(string content) => Refusal(Encoding.UTF8.GetBytes(content));

    private static TokenizerFormatException Refusal(byte[] content, string? configuration = null)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("tokenizer.json"), content);
        if (configuration is not null)
        {
            File.WriteAllText(folder.File("tokenizer_config.json"), configuration);
        }

        var error = Assert.Throws<TokenizerFormatException>(() => Tokenizer.Load(folder.FullPath));
        Assert.StartsWith(folder.FullPath, error.Message, StringComparison.Ordinal);
        return error;
    }

    private static string SavedJson()
    {
        using var folder = new TemporaryFolder();
        TrainedTokenizer.Small.Save(folder.FullPath);
        return File.ReadAllText(folder.File("tokenizer.json"));
    }
}
