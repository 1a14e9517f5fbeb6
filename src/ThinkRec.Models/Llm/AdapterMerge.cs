using ThinkRec.Files;
using ThinkRec.Models.Llm.Files;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Llm;

/// <summary>What a merge did.</summary>
/// <param name="Merged">Weights that the adapter changed.</param>
/// <param name="Tensors">Weights in all.</param>
/// <param name="Files">Weights files written.</param>
public sealed record AdapterMergeResult(int Merged, int Tensors, IReadOnlyList<string> Files);

/// <summary>Adds an adapter to a checkpoint's weights: W + scale · B·A, worked out in Float32 and rounded once to the type of W.</summary>
/// <remarks>Works file by file on the names of weights, so that neither a tokenizer nor the whole model is loaded.</remarks>
public static class AdapterMerge
{
    private const string FactorA = ".lora_A.weight";
    private const string Prefix = "base_model.model.";

    /// <summary>Files that are copied beside the weights: settings, tokenizer, chat template, index.</summary>
    private static readonly string[] CopiedExtensions = [".json", ".txt", ".model", ".jinja"];

    /// <summary>Writes a model folder that holds the adapter.</summary>
    /// <param name="modelFolder">Hugging Face folder of the model.</param>
    /// <param name="adapterFolder">Folder of the adapter.</param>
    /// <param name="target">New or empty; it is there whole or not at all. Its weights files have the names and types of the model's.</param>
    /// <returns>What was done.</returns>
    /// <exception cref="CheckpointException">A file is missing or damaged, or the adapter does not fit the model.</exception>
    public static AdapterMergeResult Run(string modelFolder, string adapterFolder, string target)
    {
        AtomicFolder.Check(target);
        var files = ModelFiles.Find(modelFolder);
        if (files.IsLlama2c)
        {
            throw new CheckpointException($"{modelFolder} is a llama2.c checkpoint; adapters are merged into Hugging Face folders. Save it as one first.");
        }

        AdapterConfig config = AdapterConfig.Read(adapterFolder);
        using SafetensorsFile adapter = AdapterFolder.OpenWeights(adapterFolder);
        using ITensorStore model = files.Open();
        HashSet<string> changed = Fit(config, adapter, model);
        SafetensorsFile[] shards = model is ShardedSafetensors sharded ? [.. sharded.Files] : [(SafetensorsFile)model];
        AtomicFolder.Write(target, folder =>
        {
            foreach (string file in Directory.EnumerateFiles(files.Folder).Where(f => CopiedExtensions.Contains(Path.GetExtension(f).ToLowerInvariant())))
            {
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            }

            foreach (SafetensorsFile shard in shards)
            {
                using var scope = TensorScope.Begin();
                using var noGrad = NoGrad.Begin();
                var tensors = shard.Keys.Select(key => (key, changed.Contains(key) ? Merged(shard, key, config, adapter) : shard.Read(key)));
                SafetensorsWriter.Write(Path.Combine(folder, Path.GetFileName(shard.Path)), [.. tensors], shard.Metadata);
            }
        });
        return new AdapterMergeResult(changed.Count, model.Keys.Count, [.. shards.Select(s => Path.GetFileName(s.Path))]);
    }

    /// <summary>Checks every tensor of the adapter against the model before anything is written.</summary>
    /// <returns>Names of the model's weights that change.</returns>
    private static HashSet<string> Fit(AdapterConfig config, SafetensorsFile adapter, ITensorStore model)
    {
        var changed = new HashSet<string>(StringComparer.Ordinal);
        foreach (string key in adapter.Keys.Where(k => k.EndsWith(FactorA, StringComparison.Ordinal) && k.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            string projection = key[Prefix.Length..^FactorA.Length];
            string weight = projection + ".weight";
            if (!model.Contains(weight) || !config.IsTarget(projection))
            {
                throw new CheckpointException($"{adapter.Path}: '{key}' belongs to '{weight}', which {(model.Contains(weight) ? "is no target of the adapter's settings" : $"is not in {model.Path}")}. Was the adapter trained on another base model?");
            }

            IReadOnlyList<long> shape = model.Describe(weight).Shape;
            long rank = config.Of(projection).Rank;
            Expect(adapter, key, [rank, shape.Count == 2 ? shape[1] : 0]);
            Expect(adapter, AdapterFolder.KeyOf(projection, 'B'), [shape[0], rank]);
            changed.Add(weight);
        }

        return changed.Count * 2 == adapter.Keys.Count && changed.Count > 0 ? changed
            : throw new CheckpointException($"{adapter.Path} has {adapter.Keys.Count} tensors, of which {changed.Count * 2} are factors of projections. What else it holds cannot be merged.");
    }

    private static void Expect(SafetensorsFile adapter, string key, long[] shape)
    {
        if (!adapter.Describe(key).Shape.SequenceEqual(shape))
        {
            throw new CheckpointException(
                $"{adapter.Path}: '{key}' is [{string.Join(", ", adapter.Describe(key).Shape)}], expected [{string.Join(", ", shape)}]. Was the adapter trained on another base model?");
        }
    }

    private static Tensor Merged(SafetensorsFile shard, string key, AdapterConfig config, SafetensorsFile adapter)
    {
        string projection = key[..^".weight".Length];
        using var scope = TensorScope.Begin();
        Tensor a = adapter.Read(AdapterFolder.KeyOf(projection, 'A'), DType.Float32, Device.Cpu, requireFinite: true);
        Tensor b = adapter.Read(AdapterFolder.KeyOf(projection, 'B'), DType.Float32, Device.Cpu, requireFinite: true);
        Tensor weight = shard.Read(key, DType.Float32, Device.Cpu, requireFinite: true);
        Tensor merged = weight.Add(b.MatMul(a).Mul(config.Of(projection).Scaling)).To(shard.Describe(key).DType);
        return merged.IsFinite().LogicalNot().Sum().ToDouble() == 0 ? scope.Return(merged)
            : throw new CheckpointException($"{shard.Path}: '{key}' plus the adapter has elements that are not finite in {shard.Describe(key).DType}. Use the adapter unmerged.");
    }
}
