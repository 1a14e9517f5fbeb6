using ThinkRec.Models.Llm;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.GpuCheck;

/// <summary>Adapters of the adapted model, in folders as peft reads them: plain, with patterns, of one user's fused experts; and the model merged with one.</summary>
internal static class TinyAdapters
{
    /// <summary>Settings of the plain adapter, and of the experts that are fused.</summary>
    private static readonly LoraConfig Plain = new() { Rank = 3, Alpha = 6, Dropout = 0, TargetModules = ["q_proj", "v_proj", "down_proj"] };

    private static readonly GateDecision Decision = new(GateBranch.Fused, [0.7, 0.3], 0.61);

    /// <summary>Adapters that we write, by name.</summary>
    internal static IReadOnlyDictionary<string, AdapterConfig> Ours { get; } = new SortedDictionary<string, AdapterConfig>(StringComparer.Ordinal)
    {
        ["plain"] = Plain,
        ["patterns"] = new AdapterConfig(Plain with { Rank = 4, TargetModules = ["q_proj", "o_proj", "gate_proj", "up_proj"] })
        {
            RankPattern = new Dictionary<string, int> { ["gate_proj"] = 2, [@"model\.layers\.1\.self_attn\.q_proj"] = 5 },
            AlphaPattern = new Dictionary<string, double> { ["o_proj"] = 3 },
        },
        ["stabilized"] = new AdapterConfig(Plain with { RankStabilized = true }),
    };

    /// <summary>Folder of an adapter.</summary>
    /// <param name="folder">The check's folder.</param>
    /// <param name="name">Its name.</param>
    internal static string FolderOf(string folder, string name) => Path.Combine(folder, "adapters", name);

    /// <summary>Writes the adapters, a user's fused one, and the merged model.</summary>
    /// <param name="folder">The check's folder, with the models.</param>
    /// <param name="generator">Source of the weights.</param>
    internal static void Write(string folder, Generator generator)
    {
        using var scope = TensorScope.Begin();
        string modelFolder = TinyModels.FolderOf(folder, TinyModels.Adapted);
        using LlamaModel model = TinyModels.Load(modelFolder, DType.Float32, Device.Cpu);
        foreach ((string name, AdapterConfig config) in Ours)
        {
            Add(model, name, config, generator);
            AdapterFolder.Save(model, name, config, FolderOf(folder, name), modelFolder);
        }

        foreach (string name in new[] { ExpertFusion.Global, ExpertFusion.Expert(0), ExpertFusion.Expert(1) })
        {
            Add(model, name, Plain, generator);
            AdapterFolder.Save(model, name, Plain, FolderOf(folder, name), modelFolder);
        }

        AdapterConfig fused = FusedAdapter.Attach(model, Decision, FusionRule.Exact, Plain, "fused");
        AdapterFolder.Save(model, "fused", fused, FolderOf(folder, "fused"), modelFolder);
        _ = AdapterMerge.Run(modelFolder, FolderOf(folder, "plain"), TinyModels.FolderOf(folder, "merged"));
    }

    /// <summary>What we say that an adapter does: for the fused one what the experts do unfused.</summary>
    /// <param name="model">The adapted model; the adapters needed are put on it.</param>
    /// <param name="folder">The check's folder.</param>
    /// <param name="name">Name of the adapter.</param>
    /// <returns>The blend; dispose it.</returns>
    internal static AdapterBlend Use(LlamaModel model, string folder, string name)
    {
        string[] needed = name == "fused" ? [ExpertFusion.Global, ExpertFusion.Expert(0), ExpertFusion.Expert(1)] : [name];
        foreach (string one in needed)
        {
            AdapterFolder.Load(model, one, FolderOf(folder, one));
        }

        return name == "fused" ? ExpertFusion.Blend([Decision], FusionRule.Exact, Plain.Scaling, model.HeadWeight.Device) : AdapterBlend.Single(name);
    }

    private static void Add(LlamaModel model, string name, AdapterConfig config, Generator generator)
    {
        foreach (Projection projection in model.Projections.Where(p => config.IsTarget(p.Key)))
        {
            projection.Linear.AddAdapter(name, new WeightPath(new TinyModels.DrawnWeights(generator), projection.Key), config.Of(projection.Key));
        }
    }
}
