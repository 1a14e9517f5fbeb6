using System.Text;
using System.Text.Json;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

public sealed class TokenizerCommandTests
{
    private const string Encode = "tokenizer encode --tokenizer @/tok";
    private const string Decode = "tokenizer decode --tokenizer @/tok";
    private static readonly byte[] Input = Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Repeat("the cat sat on the mat, café", 9)));

    private static readonly Dictionary<string, Refusal> Refusals = new()
    {
        ["no tokenizer"] = new(Encode, 1, "/tok: there is no such file", "thinkrec tokenizer train"),
        ["cut tokenizer"] = new(Encode, 1, "tokenizer.json: ", "again") { Arrange = Change(text => text[..(text.Length / 2)]) },
        ["pieces of another kind"] = new(Encode, 1, "tokenizer.json: pre_tokenizer.type: 'WhitespaceSplit'", "ByteLevel, Split,")
        {
            Arrange = Change(text => text.Replace("ByteLevel", "WhitespaceSplit", StringComparison.Ordinal)),
        },
        ["model of another kind"] = new(Encode, 1, "tokenizer.json: model.type: 'Unigram'", "'BPE' is")
        {
            Arrange = Change(text => text.Replace("\"BPE\"", "\"Unigram\"", StringComparison.Ordinal)),
        },
        ["words for ids"] = new(Decode, 1, "standard input:1: ", "tokenizer encode") { Arrange = TrainAsync, Input = "260 the\n" },
        ["an id too high"] = new(Decode, 1, "standard input:1: ", "from 0 to 269") { Arrange = TrainAsync, Input = "260 270" },
        ["a negative id"] = new(Decode, 1, "standard input:1: ", "'-1'") { Arrange = TrainAsync, Input = "-1" },
        ["vocabulary too small"] = new("tokenizer train --input @/in.txt --vocab-size 100 --out @/tok", 2, "is 100", "260 or more") { Files = Given() },
        ["no input"] = new("tokenizer train --input @/no.txt --vocab-size 300 --out @/tok", 2, "no.txt", "tokenizer train --help"),
        ["input not text"] = new("tokenizer train --input @/in.txt --vocab-size 300 --out @/tok", 1, "in.txt:2: ", "Convert it to UTF-8")
        {
            Files = new() { ["in.txt"] = [65, 10, 0xff, 10] },
        },
        ["a file in the way"] = new("tokenizer train --input @/in.txt --vocab-size 300 --out @/in.txt", 2, "in.txt is a file", "Choose another name") { Files = Given() },
        ["folder below a file"] = new("tokenizer train --input @/in.txt --vocab-size 300 --out @/in.txt/x", 2, "in.txt is a file", "Choose another") { Files = Given() },
    };

    public static TheoryData<string> Cases { get; } = [.. Refusals.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public Task Is_refused_with_one_line_and_changes_nothing(string what) => Refusals[what].CheckAsync();

    [Fact]
    public async Task Lines_come_back_unchanged_and_empty_ones_stay_empty()
    {
        using var folder = new TemporaryFolder();
        await TrainAsync(folder);
        const string Text = "the cat\n\nnaïve 日本 \u2028 <|end|> a\rb\n  two  spaces \nlast";

        Outcome encoded = await Refusal.RunAsync(Text, "tokenizer", "encode", "--tokenizer", folder.File("tok"));
        Outcome decoded = await Refusal.RunAsync(encoded.Output, "tokenizer", "decode", "--tokenizer", folder.File("tok/tokenizer.json"));

        Assert.Equal((0, ""), (encoded.ExitCode, encoded.Error));
        string[] lines = encoded.Output.Split('\n');
        Assert.Equal((6, "", ""), (lines.Length, lines[1], lines[5]));
        Assert.Matches(@"^\d+( \d+)*$", lines[0]);
        Assert.Equal((0, Text + "\n", ""), (decoded.ExitCode, decoded.Output, decoded.Error));
    }

    [Fact]
    public async Task A_carriage_return_before_the_line_feed_belongs_to_the_line_end()
    {
        using var folder = new TemporaryFolder();
        await TrainAsync(folder);

        Outcome unix = await Refusal.RunAsync("the cat\nsat\n", "tokenizer", "encode", "--tokenizer", folder.File("tok"));
        Outcome windows = await Refusal.RunAsync("the cat\r\nsat\r\n", "tokenizer", "encode", "--tokenizer", folder.File("tok"));

        Assert.Equal(unix, windows);
    }

    [Fact]
    public async Task Lines_before_a_bad_one_are_printed()
    {
        using var folder = new TemporaryFolder();
        await TrainAsync(folder);

        Outcome outcome = await Refusal.RunAsync("70\n71\n72 x\n", "tokenizer", "decode", "--tokenizer", folder.File("tok"));

        Assert.Equal((1, 2), (outcome.ExitCode, outcome.Output.Count(c => c == '\n')));
        Assert.StartsWith("error: standard input:3: ", outcome.Error);
    }

    [Fact]
    public async Task No_input_gives_no_line()
    {
        using var folder = new TemporaryFolder();
        await TrainAsync(folder);

        Outcome outcome = await Refusal.RunAsync("", "tokenizer", "encode", "--tokenizer", folder.File("tok"));

        Assert.Equal(new Outcome(0, "", ""), outcome);
    }

    [Fact]
    public async Task A_line_longer_than_any_buffer_is_one_line()
    {
        using var folder = new TemporaryFolder();
        await TrainAsync(folder);
        string text = string.Join(' ', Enumerable.Repeat("the cat", 12_000));

        Outcome encoded = await Refusal.RunAsync(text, "tokenizer", "encode", "--json", "--tokenizer", folder.File("tok"));
        int[][] ids = JsonDocument.Parse(encoded.Output).RootElement.GetProperty("ids").Deserialize<int[][]>()!;
        Outcome decoded = await Refusal.RunAsync(string.Join(' ', ids[0]), "tokenizer", "decode", "--tokenizer", folder.File("tok"));

        Assert.Single(ids);
        Assert.Equal(text + "\n", decoded.Output);
    }

    [Fact]
    public async Task Gpt2_ids_are_those_of_its_authors()
    {
        Assert.SkipUnless(Repository.HasData("tokenizers/gpt2/tokenizer.json"), "the GPT-2 tokenizer is not in the public data folder");

        Outcome outcome = await Refusal.RunAsync("Hello world\n\n", "tokenizer", "encode", "--tokenizer", Repository.Data("tokenizers/gpt2"));

        Assert.Equal(new Outcome(0, "15496 995\n\n", ""), outcome);
    }

    [Fact]
    public async Task A_vocabulary_of_another_kind_is_read_and_named_where_it_is_wrong()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("tok"));
        File.WriteAllText(folder.File("tok/vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\ncat\n##s\n");

        Outcome encoded = await Refusal.RunAsync("The cats\n[SEP]\n", "tokenizer", "encode", "--tokenizer", folder.File("tok"));
        Outcome decoded = await Refusal.RunAsync(encoded.Output, "tokenizer", "decode", "--tokenizer", folder.File("tok/vocab.txt"));
        File.AppendAllText(folder.File("tok/vocab.txt"), "the\n");
        Outcome refused = await Refusal.RunAsync("The cats\n", "tokenizer", "encode", "--tokenizer", folder.File("tok"));

        Assert.Equal(new Outcome(0, "4 5 6\n1 1 1\n", ""), encoded);
        Assert.Equal(new Outcome(0, "the cats\n\n", ""), decoded);
        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.EndsWith("vocab.txt: line 8: 'the' is there twice.\n", refused.Error);
    }

    [Theory]
    [InlineData("llama2", "15043 3186\n\n")]
    [InlineData("llama2/tokenizer.model", "15043 3186\n\n")]
    [InlineData("llama3", "9906 1917\n\n")]
    [InlineData("qwen2.5", "9707 1879\n\n")]
    public async Task Ids_of_other_published_tokenizers_are_those_of_their_authors(string name, string expected)
    {
        Assert.SkipUnless(Repository.HasData($"tokenizers/{name}"), $"the tokenizer {name} is not in the public data folder");

        Outcome outcome = await Refusal.RunAsync("Hello world\n\n", "tokenizer", "encode", "--tokenizer", Repository.Data($"tokenizers/{name}"));

        Assert.Equal(new Outcome(0, expected, ""), outcome);
    }

    private static Dictionary<string, byte[]> Given() => new() { ["in.txt"] = Input };

    private static async Task TrainAsync(TemporaryFolder folder)
    {
        File.WriteAllBytes(folder.File("in.txt"), Input);
        Outcome outcome = await Tool.RunAsync(
            "tokenizer", "train", "--input", folder.File("in.txt"), "--vocab-size", "270", "--out", folder.File("tok"));
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.StartsWith("270 tokens from 9 lines", outcome.Output);
    }

    private static Func<TemporaryFolder, Task> Change(Func<string, string> change) => async folder =>
    {
        await TrainAsync(folder);
        string path = folder.File("tok/tokenizer.json");
        File.WriteAllText(path, change(File.ReadAllText(path)));
    };
}
