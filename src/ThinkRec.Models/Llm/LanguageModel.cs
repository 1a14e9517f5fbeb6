using System.Security.Cryptography;
using ThinkRec.Models.Llm.Files;
using ThinkRec.Nn;
using ThinkRec.Text;
using ThinkRec.Torch;

namespace ThinkRec.Models.Llm;

/// <summary>A decoder and its tokenizer, as they lie together in a model folder.</summary>
public sealed class LanguageModel : IDisposable
{
    /// <summary>Name of the weights file.</summary>
    public const string WeightsFile = "model.safetensors";

    /// <summary>Joins a decoder and a tokenizer, which it then owns.</summary>
    /// <param name="model">The decoder.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="fingerprint">SHA-256 of the weights file; empty for a model that is not saved.</param>
    /// <exception cref="CheckpointException">The tokenizer has ids that the model does not embed.</exception>
    public LanguageModel(LlamaModel model, Tokenizer tokenizer, string fingerprint = "")
    {
        if (Misfit(tokenizer, model.Config) is string problem)
        {
            throw new CheckpointException(problem);
        }

        Model = model;
        Tokenizer = tokenizer;
        Fingerprint = fingerprint;
        EndIds = [tokenizer.EndId];
    }

    /// <summary>The decoder.</summary>
    public LlamaModel Model { get; }

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>SHA-256 of the weights file, in hex, or of the hashes of several; empty for a model that is not saved.</summary>
    public string Fingerprint { get; }

    /// <summary>Tokens that end a text, as the model's files say; the tokenizer's first.</summary>
    public IReadOnlyList<int> EndIds { get; private init; }

    /// <summary>Makes a model with fresh weights.</summary>
    /// <param name="config">Shape.</param>
    /// <param name="tokenizer">Tokenizer.</param>
    /// <param name="seed">Seed of the weights.</param>
    /// <returns>The model.</returns>
    public static LanguageModel Create(LlamaConfig config, Tokenizer tokenizer, long seed)
    {
        using var generator = new Generator(seed);
        return Join(new LlamaModel(new WeightPath(new FreshWeights(generator)), config), tokenizer, () => "", [tokenizer.EndId]);
    }

    /// <summary>Loads a model, tensor by tensor, straight to the types and the device asked for.</summary>
    /// <param name="path">A folder with config.json, tokenizer.json and model.safetensors or its shards; or a llama2.c checkpoint or its folder.</param>
    /// <param name="options">Types and device; null for Float32 on the CPU.</param>
    /// <returns>The model; its weights are frozen.</returns>
    /// <exception cref="CheckpointException">A file is missing or damaged, or the types cannot be had.</exception>
    public static LanguageModel Load(string path, LoadOptions? options = null)
    {
        options ??= new LoadOptions();
        var files = ModelFiles.Find(path);
        options.Require(path, files.Config);
        var tokenizer = Tokenizer.Load(files.Folder);
        IReadOnlyList<int> endIds = EndTokens.Read(files.Folder, files.Config, tokenizer.EndId);
        using ITensorStore store = files.Open();
        var weights = new FileWeights(store, options.DType, options.Device, options.DTypeOf);
        var model = new LlamaModel(new WeightPath(weights), files.Config);
        foreach (Parameter parameter in model.Parameters())
        {
            parameter.Trainable = false;
        }

        return Join(model, tokenizer, () => ModelFiles.Fingerprint(store), endIds);
    }

    /// <summary>Checks a model folder without loading its weights.</summary>
    /// <param name="folder">Holds config.json, tokenizer.json and model.safetensors.</param>
    /// <returns>The tokenizer.</returns>
    /// <exception cref="CheckpointException">A file is missing or damaged, or config, tokenizer and weights do not belong together.</exception>
    public static Tokenizer Inspect(string folder)
    {
        var inspection = ModelInspection.Of(folder);
        inspection.Require();
        return inspection.Tokenizer;
    }

    /// <summary>Why a tokenizer and a model cannot belong together; null when they can.</summary>
    internal static string? Misfit(Tokenizer tokenizer, LlamaConfig config)
    {
        // The placeholder's row is never looked up: projected vectors take its place.
        int needed = tokenizer.PlaceholderId == tokenizer.VocabularySize - 1 ? tokenizer.VocabularySize - 1 : tokenizer.VocabularySize;
        return needed <= config.VocabSize ? null
            : $"The tokenizer has {tokenizer.VocabularySize} tokens but the model embeds {config.VocabSize}. They belong to different models: take tokenizer.json from the model's own folder.";
    }

    private static LanguageModel Join(LlamaModel model, Tokenizer tokenizer, Func<string> fingerprint, IReadOnlyList<int> endIds)
    {
        try
        {
            return new LanguageModel(model, tokenizer, fingerprint()) { EndIds = endIds };
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>SHA-256 of a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Lower-case hex.</returns>
    public static string FingerprintOf(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>Writes a model folder that Hugging Face tools read. The config comes last, so that a folder with one is whole.</summary>
    /// <param name="folder">Target; made when missing.</param>
    /// <exception cref="InvalidOperationException">The model is held as int8.</exception>
    public void Save(string folder)
    {
        if (Model.Projections.FirstOrDefault(p => p.Linear.Base.Scale is not null) is Projection rounded)
        {
            throw new InvalidOperationException($"{rounded.Key} is held as int8, which other tools would not read. Save the model it was loaded from; adapters are saved on their own.");
        }

        Directory.CreateDirectory(folder);
        var adapters = Model.Projections.SelectMany(p => p.Linear.Adapters.Values).SelectMany(a => a.Parameters()).ToHashSet();
        SafetensorsWriter.Write(
            Path.Combine(folder, WeightsFile),
            Model.Parameters().Where(p => !adapters.Contains(p)).Select(p => (p.Key, p.Value)),
            new Dictionary<string, string> { ["format"] = "pt" });
        Tokenizer.Save(folder);
        Model.Config.Save(folder, Model.Parameters().First().Value.DType);
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}
