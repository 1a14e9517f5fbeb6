using ThinkRec.Models.Llm;
using ThinkRec.Models.Llm.Rope;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.GpuCheck;

/// <summary>A tiny decoder of every family with random weights, in model folders as Hugging Face's tools read them.</summary>
internal static class TinyModels
{
    /// <summary>The model that carries the adapters.</summary>
    internal const string Adapted = "llama";

    private const string WeightsFile = "model.safetensors";
    private const int Tokens = 24;

    private static readonly LlamaConfig Base = new()
    {
        VocabSize = 61,
        HiddenSize = 32,
        IntermediateSize = 48,
        NumHiddenLayers = 2,
        NumAttentionHeads = 4,
        NumKeyValueHeads = 2,
        RmsNormEps = 1e-5,
        MaxPositionEmbeddings = 128,
    };

    /// <summary>Shapes by name; each family appears, and each rule that changes what is computed.</summary>
    internal static IReadOnlyDictionary<string, LlamaConfig> All { get; } = new SortedDictionary<string, LlamaConfig>(StringComparer.Ordinal)
    {
        [Adapted] = Base with { RopeTheta = 500_000 },
        ["llama-scaled"] = Base with
        {
            HeadDim = 16,
            RopeScaling = new RopeScaling { RopeType = "llama3", Factor = 8, LowFreqFactor = 1, HighFreqFactor = 4, OriginalMaxPositionEmbeddings = 32 },
        },
        ["mistral"] = Base with { ModelType = "mistral", SlidingWindow = 7 },
        ["qwen2"] = Base with { ModelType = "qwen2", TieWordEmbeddings = true },
        ["qwen2-window"] = Base with { ModelType = "qwen2", UseSlidingWindow = true, SlidingWindow = 5, MaxWindowLayers = 1 },
        ["qwen3"] = Base with { ModelType = "qwen3", HeadDim = 16, TieWordEmbeddings = true },
        ["smollm3"] = Base with { ModelType = "smollm3", NoRopeLayers = [1, 0] },
    };

    /// <summary>The text of every comparison, as ids.</summary>
    internal static IReadOnlyList<long> Ids { get; } = [.. Enumerable.Range(0, Tokens).Select(i => (i * 37L + 11) % Base.VocabSize)];

    /// <summary>Folder of a model.</summary>
    /// <param name="folder">The check's folder.</param>
    /// <param name="name">Name of a shape.</param>
    internal static string FolderOf(string folder, string name) => Path.Combine(folder, "models", name);

    /// <summary>Writes every model, and the adapters of one.</summary>
    /// <param name="folder">The check's folder.</param>
    /// <returns>The exit status.</returns>
    internal static int Write(string folder)
    {
        Directory.CreateDirectory(folder);
        ResultFile.Write(Path.Combine(folder, "ids.json"), Ids);
        using var noGrad = NoGrad.Begin();
        using var generator = new Generator(5);
        foreach ((string name, LlamaConfig config) in All)
        {
            using var scope = TensorScope.Begin();
            using var model = new LlamaModel(new WeightPath(new DrawnWeights(generator)), config);
            string target = FolderOf(folder, name);
            Directory.CreateDirectory(target);
            SafetensorsWriter.Write(Path.Combine(target, WeightsFile), model.Parameters().Select(p => (p.Key, p.Value)), new Dictionary<string, string> { ["format"] = "pt" });
            config.Save(target);
        }

        TinyAdapters.Write(folder, generator);
        return 0;
    }

    /// <summary>Loads a model.</summary>
    /// <param name="modelFolder">Its folder.</param>
    /// <param name="dtype">Type of its weights.</param>
    /// <param name="device">Where they shall lie.</param>
    /// <returns>The model.</returns>
    internal static LlamaModel Load(string modelFolder, DType dtype, Device device)
    {
        using var file = SafetensorsFile.Open(Path.Combine(modelFolder, WeightsFile));
        return new LlamaModel(new WeightPath(new FileWeights(file, dtype, device)), LlamaConfig.Load(modelFolder));
    }

    /// <summary>Weights that all matter: biases are not zero, and norms do not only scale by one.</summary>
    internal sealed class DrawnWeights(Generator generator) : WeightSource
    {
        public override Tensor Get(string key, long[] shape, Init init)
        {
            using var scope = TensorScope.Begin();
            using var noGrad = NoGrad.Begin();
            Tensor weight = Tensor.Empty(shape);
            bool isNorm = key.EndsWith("norm.weight", StringComparison.Ordinal);
            weight.NormalInPlace(isNorm ? 1 : 0, isNorm ? 0.2 : shape.Length == 1 ? 0.3 : 1 / Math.Sqrt(shape[1]), generator);
            return weight.Own();
        }
    }
}
