using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Llm;

/// <summary>Adapters in folders, in the file layout of Python's peft: <see cref="AdapterConfig.FileName"/> and <see cref="WeightsFile"/>.</summary>
public static class AdapterFolder
{
    /// <summary>Name of the weights file.</summary>
    public const string WeightsFile = "adapter_model.safetensors";

    private const string PickledFile = "adapter_model.bin";
    private const string KeyPrefix = "base_model.model";

    /// <summary>Writes an adapter folder that Python peft loads.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">Name of the adapter.</param>
    /// <param name="config">Its settings.</param>
    /// <param name="folder">Target; made when missing.</param>
    /// <param name="baseModel">What <c>base_model_name_or_path</c> shall say.</param>
    public static void Save(LlamaModel model, string name, AdapterConfig config, string folder, string baseModel)
    {
        Directory.CreateDirectory(folder);
        var weights = new List<(string, Tensor)>();
        foreach (Projection projection in model.Projections.Where(p => p.Linear.Adapters.ContainsKey(name)))
        {
            LoraAdapter adapter = projection.Linear.Adapters[name];
            weights.Add((KeyOf(projection.Key, 'A'), adapter.A.Value));
            weights.Add((KeyOf(projection.Key, 'B'), adapter.B.Value));
        }

        SafetensorsWriter.Write(Path.Combine(folder, WeightsFile), weights, new Dictionary<string, string> { ["format"] = "pt" });
        config.Write(folder, baseModel);
    }

    /// <summary>Reads an adapter folder onto a model. Which projections have an adapter is what the weights file says.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">Name to give it.</param>
    /// <param name="folder">A folder written by <see cref="Save"/> or by peft.</param>
    /// <returns>The settings read. The weights are Float32, whatever floating type the file has.</returns>
    /// <exception cref="CheckpointException">A file is missing, damaged, or describes what is not built here.</exception>
    public static AdapterConfig Load(LlamaModel model, string name, string folder)
    {
        Adapters.RequireFree(model, name);
        AdapterConfig config = AdapterConfig.Read(folder);
        using SafetensorsFile file = OpenWeights(folder);
        try
        {
            Adapters.Attach(model, name, config, new FileWeights(file, DType.Float32), p => file.Contains(KeyOf(p.Key, 'A')), KeyPrefix + ".");
            int attached = Adapters.Parameters(model, name).Count;
            return attached == file.Keys.Count && attached > 0 ? config
                : throw new CheckpointException($"{file.Path} has {file.Keys.Count} tensors but {attached} fit this model. Was the adapter trained on another base model?");
        }
        catch
        {
            Adapters.Remove(model, name);
            throw;
        }
    }

    /// <summary>Key of a factor in the weights file.</summary>
    /// <param name="projection">Key of the projection in the model.</param>
    /// <param name="factor">A or B.</param>
    internal static string KeyOf(string projection, char factor) => $"{KeyPrefix}.{projection}.lora_{factor}.weight";

    /// <summary>Opens the weights file.</summary>
    /// <param name="folder">The adapter folder.</param>
    /// <returns>The file, which the caller closes.</returns>
    internal static SafetensorsFile OpenWeights(string folder)
    {
        string path = Path.Combine(folder, WeightsFile);
        string pickled = Path.Combine(folder, PickledFile);
        return File.Exists(path) || !File.Exists(pickled) ? SafetensorsFile.Open(path)
            : throw new CheckpointException($"{pickled} is pickled, and pickles are never read. Save the adapter again with peft's safe_serialization.");
    }
}
