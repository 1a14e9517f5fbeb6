using ThinkRec.Models.Llm;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.GpuCheck;

/// <summary>What one side found: logits by case, and why others are missing.</summary>
internal sealed record ParityResults
{
    /// <summary>Versions by name of what computed.</summary>
    public SortedDictionary<string, string> Versions { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Logits by what computed them and by case.</summary>
    public SortedDictionary<string, SortedDictionary<string, float[]>> Logits { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Of our side: how far logits read with a cache are from those read at once, by case.</summary>
    public SortedDictionary<string, double> Cached { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Why something was not computed, by what would have computed it, or that and the case with a slash between.</summary>
    public SortedDictionary<string, string> NotRun { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Errors, by what computed and the case with a slash between.</summary>
    public SortedDictionary<string, string> Failed { get; init; } = new(StringComparer.Ordinal);
}

/// <summary>Our side of the parity checks.</summary>
internal static class ParityPass
{
    /// <summary>Name of our side in its results.</summary>
    internal const string Side = "ours";

    /// <summary>Name of the results file.</summary>
    internal const string FileName = "parity.ours.json";

    private const int FirstChunk = 9;

    /// <summary>Computes every case whose files are there.</summary>
    /// <param name="folder">The check's folder.</param>
    /// <param name="device">Where to compute.</param>
    /// <returns>The exit status.</returns>
    internal static int Run(string folder, Device device)
    {
        var results = new ParityResults();
        results.Versions["libtorch"] = Engine.Version;
        results.Versions["device"] = device.ToString();
        var logits = results.Logits[Side] = new SortedDictionary<string, float[]>(StringComparer.Ordinal);
        foreach (ParityCase one in ParityCase.All)
        {
            if (one.Adapter is string adapter && !Directory.Exists(TinyAdapters.FolderOf(folder, adapter)))
            {
                results.NotRun[$"{Side}/{one.Name}"] = "the other side made no such adapter";
                continue;
            }

            try
            {
                (logits[one.Name], results.Cached[one.Name]) = Compute(folder, one, device);
            }
            catch (Exception e) when (e is TorchException or CheckpointException or ArgumentException)
            {
                results.Failed[$"{Side}/{one.Name}"] = e.Message;
            }
        }

        ResultFile.Write(Path.Combine(folder, FileName), results);
        return 0;
    }

    private static (float[] Logits, double Cached) Compute(string folder, ParityCase one, Device device)
    {
        using var noGrad = NoGrad.Begin();
        using var scope = TensorScope.Begin();
        using LlamaModel model = TinyModels.Load(TinyModels.FolderOf(folder, one.Model), one.DType, device);
        using AdapterBlend? blend = one.Adapter is null ? null : TinyAdapters.Use(model, folder, one.Adapter);
        using var cache = new KvCache(model.Config.NumHiddenLayers);
        float[] whole = Logits(model, [.. TinyModels.Ids], new DecoderContext { Blend = blend });
        var parts = new List<float>();
        var context = new DecoderContext { Blend = blend, Cache = cache };
        parts.AddRange(Logits(model, [.. TinyModels.Ids.Take(FirstChunk)], context));
        foreach (long id in TinyModels.Ids.Skip(FirstChunk))
        {
            parts.AddRange(Logits(model, [id], context));
        }

        return (whole, Difference.Between(whole, [.. parts]).Largest);
    }

    private static float[] Logits(LlamaModel model, long[] ids, in DecoderContext context)
    {
        using var scope = TensorScope.Begin();
        return model.Logits(model.Forward(model.Embed(Tensor.From(ids, 1, ids.Length)), context)).ToFloats();
    }
}
