using ThinkRec.TestKit;

namespace ThinkRec.Text.Tests;

/// <summary>The published GPT-2 tokenizer, read once; tests skip where it is absent.</summary>
internal static class Gpt2
{
    private static readonly Lazy<Tokenizer> Loaded =
        new(() => Text.Tokenizer.Load(Repository.Data("tokenizers/gpt2")));

    public static Tokenizer Load()
    {
        Assert.SkipUnless(Repository.HasData("tokenizers/gpt2/tokenizer.json"), "The GPT-2 tokenizer is not here.");
        return Loaded.Value;
    }

    public static IEnumerable<(string Text, int[] Ids)> Vectors()
    {
        var inputs = File.ReadAllText(Repository.Data("tokenizers/gpt2/testvectors.inp"))
            .Split("\n__ggml_vocab_test__\n")[..^1];
        var outputs = File.ReadAllLines(Repository.Data("tokenizers/gpt2/testvectors.out"));
        Assert.Equal(outputs.Length, inputs.Length);
        return inputs.Zip(outputs, (text, line) => (
            text, line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).ToArray()));
    }
}
