using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>A tiny run without dropout, trained by one process: what several processes must come to as well.</summary>
public sealed partial class TrainedAlone : IAsyncLifetime
{
    /// <summary>Name of the tests that share the run.</summary>
    public const string Name = "trained alone";

    // Batches that two and three processes cannot share evenly. Sums are added up in another order, and Adam makes much of small differences.
    internal const double Tolerance = 2e-4;

    private const string Yaml = """
        seed: 7
        validationRows: 60
        checkpointSeconds: 3600
        encoder: { train: { method: sasrec, embeddingSize: 8, dropout: 0, optimization: { learningRate: 1.0e-2, batchSize: 33, maxEpochs: 2, clipNorm: 0 } } }
        llm:
          pretrain:
            hiddenSize: 32
            intermediateSize: 48
            numHiddenLayers: 2
            numAttentionHeads: 2
            numKeyValueHeads: 2
            maxPositionEmbeddings: 512
            vocabularySize: 400
            chunkLength: 32
            language: { learningRate: 3.0e-3, batchSize: 15, stepsPerEpoch: 20, maxEpochs: 1 }
            behaviourWindow: 8
            behaviour: { learningRate: 3.0e-3, batchSize: 7, stepsPerEpoch: 15, maxEpochs: 2 }
        prompt: { template: "Rated:{history}\n{user_vector}Next:{target}", item: "\n{title}{vector}:", historyLength: 4, maxTextTokens: 12 }
        lora: { rank: 2, alpha: 4, dropout: 0, targetModules: [q_proj, v_proj] }
        thinking: { count: 60, share: 0.3, maxReasonTokens: 24, optimization: { learningRate: 2.0e-3, batchSize: 7, stepsPerEpoch: 100, maxEpochs: 1 } }
        projector: { optimization: { learningRate: 1.0e-3, batchSize: 8, stepsPerEpoch: 10, maxEpochs: 1 } }
        experts: { count: 2, lastLayers: 1, optimization: { learningRate: 1.0e-3, batchSize: 2, stepsPerEpoch: 10, maxEpochs: 1 } }
        """;

    private readonly TemporaryFolder _folder = new();

    internal string Run => _folder.File("run");

    public async ValueTask InitializeAsync()
    {
        File.WriteAllText(_folder.File("tiny.yaml"), Yaml);
        await TrainedRun.DoneAsync("data", "prepare", "built-in", "--users", "40", "--items", "100", "--out", _folder.File("data"));
        await TrainedRun.DoneAsync(Train(Run));
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The words that train the run into a folder.</summary>
    internal string[] Train(string folder, params string[] more) =>
        ["train", "thinkrec", "--config", _folder.File("tiny.yaml"), "--data", _folder.File("data"), "--out", folder, .. more];

    /// <summary>Starts thinkrec with variables of its own and waits until a line of its standard error has some words.</summary>
    /// <returns>The process, whose standard error goes on where the line ends, and the numbers of its ranks' processes.</returns>
    internal static async Task<(Process Process, int[] Ranks)> StartUntilAsync(string line, string[] words)
    {
        Process process = Tool.Start(words);
        var ranks = new List<int>();
        while (await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) is string told)
        {
            ranks.AddRange(RankLine().Matches(told).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)));
            if (told.StartsWith(line, StringComparison.Ordinal))
            {
                return (process, [.. ranks]);
            }
        }

        throw new InvalidOperationException($"'{line}' was never told; exit code {(await Tool.FinishAsync(process)).ExitCode}.");
    }

    /// <summary>Trains an encoder of its own.</summary>
    internal string[] TrainEncoder(string method, string folder) =>
    [
        "train", method, "--data", _folder.File("data"), "--out", folder, "--set", "encoder.dropout=0", "--set", "encoder.itemDropout=0", "--set", "encoder.optimization.maxEpochs=2",
        "--set", "encoder.optimization.batchSize=33",
    ];

    /// <summary>Compares the weights and the decisions of another run with those of this one.</summary>
    internal void AssertSame(string other) => AssertSame(Run, other);

    /// <summary>Compares the weights and the decisions of two runs.</summary>
    internal static void AssertSame(string run, string other)
    {
        string[] Files(string run) => [.. Directory.EnumerateFiles(run, "*.safetensors", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(run, path)).Order()];
        Assert.Equal(Files(run), Files(other));
        foreach (string name in Files(run))
        {
            float[] expected = Weights(Path.Combine(run, name)), actual = Weights(Path.Combine(other, name));
            Assert.Equal(expected.Length, actual.Length);
            double apart = expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max();
            Assert.True(apart <= Tolerance, $"{name}: {apart} apart");
        }

        Assert.Equal(Decisions(run), Decisions(other));
    }

    /// <summary>All numbers of a file of single-precision tensors.</summary>
    private static float[] Weights(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        return MemoryMarshal.Cast<byte, float>(bytes.AsSpan(8 + (int)BitConverter.ToInt64(bytes))).ToArray();
    }

    /// <summary>By stage: best epoch and epochs.</summary>
    private static SortedDictionary<string, (int, int)> Decisions(string run) => new(Directory.EnumerateFiles(Path.Combine(run, "stages")).ToDictionary(
        path => Path.GetFileName(path),
        path =>
        {
            using var stage = JsonDocument.Parse(File.ReadAllText(path));
            return (stage.RootElement.GetProperty("bestEpoch").GetInt32(), stage.RootElement.GetProperty("epochs").GetInt32());
        }));

    [GeneratedRegex(@"rank \d+ is process (\d+)")]
    private static partial Regex RankLine();
}

[CollectionDefinition(TrainedAlone.Name)]
public sealed class TrainedAloneGroup : ICollectionFixture<TrainedAlone>;
