using System.Text.Json;
using ThinkRec.Data;
using ThinkRec.Models.Llm;
using ThinkRec.Nn;
using ThinkRec.Text;
using ThinkRec.Torch;

namespace ThinkRec.Bench.Training;

/// <summary>A made-up training row.</summary>
/// <param name="Prompt">Token ids.</param>
/// <param name="Answer">Token ids: yes or no, and, where there is a reason, its words.</param>
/// <param name="Label">Whether the answer is yes.</param>
internal sealed record Row(int[] Prompt, int[] Answer, bool Label)
{
    /// <summary>Whether the row has a reason.</summary>
    internal bool HasReason => Answer.Length > 1;
}

/// <summary>Makes what both sides read: config.json, model.safetensors with base weights and adapters, rows.json.</summary>
internal static class Rows
{
    /// <summary>Knows yes and no, which is all that is asked of it.</summary>
    internal static readonly Tokenizer Tokenizer = BpeTrainer.Train(["A film."], new BpeTrainerOptions { VocabularySize = 300, RequiredTokens = [Yes, No] });

    /// <summary>The answers.</summary>
    internal const string Yes = " Yes", No = " No";

    private const string RowsFile = "rows.json";
    private const string AdapterFile = "adapter.safetensors";
    private const double ReasonShare = 0.2;
    private const int ReasonTokens = 60;

    /// <summary>Lengths of the prompts of ML-1M's 33,891 training rows with configs/ml-1m/nano.yaml, at every tenth of the rows and, near the ends, between; mean 350.</summary>
    private static readonly (double Share, int Tokens)[] Lengths =
    [
        (0, 19), (0.05, 51), (0.1, 90), (0.2, 182), (0.3, 299), (0.4, 398), (0.5, 418), (0.6, 432), (0.7, 446), (0.8, 461), (0.9, 484), (0.95, 506), (1, 645),
    ];

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Writes the folder.</summary>
    /// <param name="name">Name of a shape.</param>
    /// <param name="folder">Target; made when missing.</param>
    /// <returns>The exit status.</returns>
    internal static int Write(string name, string folder)
    {
        var shape = Shape.Of(name);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, RowsFile), JsonSerializer.Serialize(Make(shape), Json));
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var model = new LlamaModel(new WeightPath(new FreshWeights(generator)), shape.Model);
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), model.Parameters().Select(p => (p.Key, p.Value)));
        shape.Model.Save(folder);
        Adapters.Create(model, "global", Shape.Lora, generator);
        Parameter[] factors = [.. Adapters.Parameters(model, "global")];
        using (NoGrad.Begin())
        {
            Array.ForEach([.. factors.Where(p => p.Key.Contains("lora_B", StringComparison.Ordinal))], p => p.Value.NormalInPlace(0, 0.01, generator));
        }

        SafetensorsWriter.Write(Path.Combine(folder, AdapterFile), factors.Select(p => (p.Key, p.Value)));
        return 0;
    }

    /// <summary>Reads the rows, batch by batch.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="folder">Where they were written.</param>
    /// <returns>The batches.</returns>
    internal static Row[][] Read(Shape shape, string folder) =>
        [.. JsonSerializer.Deserialize<Row[]>(File.ReadAllText(Path.Combine(folder, RowsFile)), Json)!.Chunk(shape.Batch)];

    /// <summary>Where the adapter's factors are.</summary>
    /// <param name="folder">Where they were written.</param>
    /// <returns>The file.</returns>
    internal static string Adapter(string folder) => Path.Combine(folder, AdapterFile);

    private static Row[] Make(Shape shape)
    {
        var random = SeededRandom.Stream(5, "bench/training");
        int count = shape.Batch * shape.Batches;
        Row[] rows = [.. Enumerable.Range(0, count).Select(i => One(Length((i + 0.5) / count), i < count * ReasonShare))];
        random.Shuffle(rows.AsSpan());
        return rows;

        Row One(int length, bool hasReason)
        {
            bool label = random.NextInt(2) == 1;
            return new Row(Tokens(length), [Tokenizer.FindToken(label ? Yes : No)!.Value, .. hasReason ? Tokens(ReasonTokens) : []], label);
        }

        int[] Tokens(int length) => [.. Enumerable.Range(0, length).Select(_ => 300 + random.NextInt(shape.Model.VocabSize - 300))];
    }

    private static int Length(double share)
    {
        int above = Array.FindIndex(Lengths, l => l.Share >= share);
        ((double low, int least), (double high, int most)) = (Lengths[above - 1], Lengths[above]);
        return (int)Math.Round(least + ((most - least) * (share - low) / (high - low)));
    }
}
