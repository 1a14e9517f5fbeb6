using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>A tiny language model, trained once for all tests that look at one.</summary>
public sealed class PretrainedModel : IAsyncLifetime
{
    /// <summary>Name of the tests that share the model; they run one after another.</summary>
    public const string Name = "pretrained model";

    private const string Yaml = """
        seed: 7
        hiddenSize: 32
        intermediateSize: 48
        numHiddenLayers: 2
        numAttentionHeads: 2
        numKeyValueHeads: 1
        maxPositionEmbeddings: 256
        vocabularySize: 320
        chunkLength: 24
        language: { learningRate: 5.0e-3, batchSize: 8, stepsPerEpoch: 40, maxEpochs: 2 }
        """;

    private readonly TemporaryFolder _folder = new();

    internal string Texts => _folder.File("texts.txt");

    internal string Config => _folder.File("tiny.yaml");

    internal string Run => _folder.File("run");

    internal string Model => Path.Combine(Run, "llm");

    /// <summary>What the training printed with --json.</summary>
    internal string Report { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        string[] who = ["miller", "sailor", "baker", "queen"], what = ["boat", "loaf", "crown"];
        File.WriteAllLines(Texts, Enumerable.Range(0, 150).Select(i => $"The {who[i / 3 % 4]} {(i % 2 == 0 ? "saw" : "lost")} a {what[i % 3]} of the {who[i % 4]}."));
        File.WriteAllText(Config, Yaml);
        Report = await TrainedRun.DoneAsync([.. Train(Run), "--json"]);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The words that train the model into a folder.</summary>
    internal string[] Train(string folder) => ["llm", "pretrain", "--texts", Texts, "--config", Config, "--out", folder];

    /// <summary>Copies the model folder.</summary>
    internal void CopyModel(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.EnumerateFiles(Model))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }
    }
}

[CollectionDefinition(PretrainedModel.Name)]
public sealed class PretrainedModelGroup : ICollectionFixture<PretrainedModel>;
