using System.Collections.Concurrent;
using ThinkRec.TestKit;

namespace ThinkRec.Text.Tests;

/// <summary>Published tokenizers, each read once; tests skip where they are absent.</summary>
internal static class Published
{
    private static readonly ConcurrentDictionary<string, Lazy<Tokenizer>> Loaded = new();

    /// <summary>Reads a folder or file of the public data.</summary>
    public static Tokenizer Load(string name)
    {
        Assert.SkipUnless(Repository.HasData($"tokenizers/{name}"), $"The tokenizer {name} is not here.");
        return Loaded.GetOrAdd(name, key => new Lazy<Tokenizer>(() => Tokenizer.Load(Repository.Data($"tokenizers/{key}")))).Value;
    }

    /// <summary>Texts with the ids that the authors' own tokenizer gives, without begin and end.</summary>
    public static List<(string Text, int[] Ids)> Vectors(string folder)
    {
        var inputs = File.ReadAllText(Repository.Data($"tokenizers/{folder}/testvectors.inp"))
            .Split("\n__ggml_vocab_test__\n")[..^1];
        var outputs = File.ReadAllLines(Repository.Data($"tokenizers/{folder}/testvectors.out"));
        Assert.Equal(outputs.Length, inputs.Length);
        return [.. inputs.Zip(outputs, (text, line) => (
            text, line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).ToArray()))];
    }
}
