using System.Security.Cryptography;
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
    }

    /// <summary>The decoder.</summary>
    public LlamaModel Model { get; }

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>SHA-256 of the weights file, in hex; empty for a model that is not saved.</summary>
    public string Fingerprint { get; }

    /// <summary>Makes a model with fresh weights.</summary>
    /// <param name="config">Shape.</param>
    /// <param name="tokenizer">Tokenizer.</param>
    /// <param name="seed">Seed of the weights.</param>
    /// <returns>The model.</returns>
    public static LanguageModel Create(LlamaConfig config, Tokenizer tokenizer, long seed)
    {
        using var generator = new Generator(seed);
        return Join(new LlamaModel(new WeightPath(new FreshWeights(generator)), config), tokenizer, "");
    }

    /// <summary>Loads a model folder.</summary>
    /// <param name="folder">Holds config.json, tokenizer.json and model.safetensors.</param>
    /// <returns>The model; the weights are Float32, whatever floating type the file has, and frozen.</returns>
    /// <exception cref="CheckpointException">A file is missing or damaged.</exception>
    public static LanguageModel Load(string folder)
    {
        LlamaConfig config = LlamaConfig.Load(folder);
        var tokenizer = Tokenizer.Load(folder);
        string weights = Path.Combine(folder, WeightsFile);
        using var file = SafetensorsFile.Open(weights);
        var model = new LlamaModel(new WeightPath(new FileWeights(file, DType.Float32)), config);
        foreach (Parameter parameter in model.Parameters())
        {
            parameter.Trainable = false;
        }

        return Join(model, tokenizer, FingerprintOf(weights));
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

    private static LanguageModel Join(LlamaModel model, Tokenizer tokenizer, string fingerprint)
    {
        try
        {
            return new LanguageModel(model, tokenizer, fingerprint);
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
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        var adapters = Model.Projections.SelectMany(p => p.Linear.Adapters.Values).SelectMany(a => a.Parameters()).ToHashSet();
        SafetensorsWriter.Write(
            Path.Combine(folder, WeightsFile),
            Model.Parameters().Where(p => !adapters.Contains(p)).Select(p => (p.Key, p.Value)),
            new Dictionary<string, string> { ["format"] = "pt" });
        Tokenizer.Save(folder);
        Model.Config.Save(folder);
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}
