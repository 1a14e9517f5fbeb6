using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>A tiny world and a whole run on it, made once for all tests that look at a run.</summary>
public sealed class TrainedRun : IAsyncLifetime
{
    /// <summary>Name of the tests that share the run; they run one after another.</summary>
    public const string Name = "trained run";

    private readonly TemporaryFolder _folder = new();

    /// <summary>All settings of the run.</summary>
    internal static string Yaml { get; } = """
        seed: 7
        validationRows: 60
        checkpointSeconds: 1
        encoder: { train: { embeddingSize: 8, optimization: { learningRate: 1.0e-2, batchSize: 128, maxEpochs: 2, clipNorm: 0 } } }
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
            language: { learningRate: 3.0e-3, batchSize: 16, stepsPerEpoch: 20, maxEpochs: 1 }
            behaviourWindow: 8
            behaviour: { learningRate: 3.0e-3, batchSize: 8, stepsPerEpoch: 20, maxEpochs: 1 }
        prompt: { template: "Rated:{history}\n{user_vector}Next:{target}", item: "\n{title}{vector}:", historyLength: 4, maxTextTokens: 12 }
        lora: { rank: 2, alpha: 4, dropout: 0.05, targetModules: [q_proj, v_proj] }
        thinking: { count: 60, share: 0.3, maxReasonTokens: 24, optimization: { learningRate: 2.0e-3, batchSize: 8, stepsPerEpoch: 200, maxEpochs: 1 } }
        projector: { optimization: { learningRate: 1.0e-3, batchSize: 8, stepsPerEpoch: 10, maxEpochs: 1 } }
        experts: { count: 2, lastLayers: 1, optimization: { learningRate: 1.0e-3, batchSize: 8, stepsPerEpoch: 10, maxEpochs: 1 } }
        """;

    internal string Data => _folder.File("data");

    internal string Run => _folder.File("run");

    internal string Config => _folder.File("tiny.yaml");

    public async ValueTask InitializeAsync()
    {
        File.WriteAllText(Config, Yaml);
        await DoneAsync("data", "prepare", "built-in", "--users", "40", "--items", "100", "--out", Data);
        await DoneAsync(Train(Run));
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The words that train the run into a folder.</summary>
    internal string[] Train(string folder) => ["train", "thinkrec", "--config", Config, "--data", Data, "--out", folder];

    /// <summary>Copies the finished run.</summary>
    internal void CopyRun(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(Run, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(folder, Path.GetRelativePath(Run, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    /// <summary>Runs thinkrec, which must succeed.</summary>
    /// <returns>Its standard output.</returns>
    internal static async Task<string> DoneAsync(params string[] words)
    {
        Outcome outcome = await Tool.RunAsync(words);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        return outcome.Output;
    }
}

[CollectionDefinition(TrainedRun.Name)]
public sealed class TrainedRunGroup : ICollectionFixture<TrainedRun>;
