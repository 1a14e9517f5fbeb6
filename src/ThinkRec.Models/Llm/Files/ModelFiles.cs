using System.Security.Cryptography;
using System.Text;
using ThinkRec.Nn;

namespace ThinkRec.Models.Llm.Files;

/// <summary>The files of a model, found by what is there: a Hugging Face folder with one weights file or several, or a llama2.c checkpoint.</summary>
internal sealed class ModelFiles
{
    private const string IndexFile = LanguageModel.WeightsFile + ".index.json";
    private readonly string _weights;

    private ModelFiles(string path, string folder, string weights, bool isLlama2c)
    {
        (Path, Folder, _weights, IsLlama2c) = (path, folder, weights, isLlama2c);
        Config = isLlama2c ? Llama2cFile.ReadConfig(weights) : LlamaConfig.Load(folder);
    }

    /// <summary>What was asked for.</summary>
    internal string Path { get; }

    /// <summary>The folder that holds the tokenizer and the rest.</summary>
    internal string Folder { get; }

    /// <summary>Shape of the model.</summary>
    internal LlamaConfig Config { get; }

    /// <summary>Whether the weights are in llama2.c's format.</summary>
    internal bool IsLlama2c { get; }

    /// <summary>Looks at a path.</summary>
    /// <param name="path">A model folder, or a llama2.c checkpoint.</param>
    /// <returns>What is there; the weights are not opened yet.</returns>
    /// <exception cref="CheckpointException">There is no model, or its config is damaged or not built.</exception>
    internal static ModelFiles Find(string path)
    {
        if (File.Exists(path))
        {
            return path.EndsWith(".bin", StringComparison.OrdinalIgnoreCase) ? new(path, System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!, path, isLlama2c: true)
                : throw new CheckpointException($"{path} is a file. Give the folder of the model, or a llama2.c checkpoint (.bin).");
        }

        if (!File.Exists(System.IO.Path.Combine(path, LlamaConfig.FileName)) && Llama2cFile.Find(path) is string checkpoint)
        {
            return new(path, path, checkpoint, isLlama2c: true);
        }

        string single = System.IO.Path.Combine(path, LanguageModel.WeightsFile), index = System.IO.Path.Combine(path, IndexFile);
        return new(path, path, !File.Exists(single) && File.Exists(index) ? index : single, isLlama2c: false);
    }

    /// <summary>Opens the weights and checks all they say about themselves.</summary>
    /// <returns>The store, which the caller disposes.</returns>
    /// <exception cref="CheckpointException">A file is missing or damaged.</exception>
    internal ITensorStore Open()
    {
        if (IsLlama2c)
        {
            return Llama2cFile.Open(_weights);
        }

        if (!File.Exists(_weights) && Directory.Exists(Folder) && Directory.EnumerateFiles(Folder, "pytorch_model*.bin").Any())
        {
            throw new CheckpointException($"{Folder} has weights as pytorch_model.bin only, which can run code when it is read. Fetch or convert them as {LanguageModel.WeightsFile}.");
        }

        return _weights.EndsWith(IndexFile, StringComparison.Ordinal) ? ShardedSafetensors.Open(_weights) : SafetensorsFile.Open(_weights);
    }

    /// <summary>The weights files of an open store, in order.</summary>
    /// <param name="store">From <see cref="Open"/>.</param>
    /// <returns>Their paths.</returns>
    internal static IReadOnlyList<string> Shards(ITensorStore store) =>
        store is ShardedSafetensors sharded ? [.. sharded.Files.Select(file => file.Path)] : [store.Path];

    /// <summary>SHA-256 of the weights: of the file, or of the hashes of several, in order of their names.</summary>
    /// <param name="store">From <see cref="Open"/>.</param>
    /// <returns>Lower-case hex.</returns>
    internal static string Fingerprint(ITensorStore store)
    {
        IReadOnlyList<string> files = Shards(store);
        return files.Count == 1 ? LanguageModel.FingerprintOf(files[0])
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(files.Select(file => $"{System.IO.Path.GetFileName(file)} {LanguageModel.FingerprintOf(file)}\n")))));
    }
}
