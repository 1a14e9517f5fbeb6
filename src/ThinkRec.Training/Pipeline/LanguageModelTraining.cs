using System.IO.Compression;
using System.Text.Json;
using ThinkRec.Data;
using ThinkRec.Models.Llm;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.Text;
using ThinkRec.Training.Runs;
using ThinkRec.Training.Stages;

namespace ThinkRec.Training.Pipeline;

/// <summary>Trains a small language model from scratch, for where no pretrained one can be had.</summary>
internal static class LanguageModelTraining
{
    private const int MaxTextFileBytes = 1 << 30;

    /// <summary>Trains tokenizer and model on texts.</summary>
    /// <param name="runner">The run.</param>
    /// <param name="options">Sizes and lengths.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="prompt">Whose words and answers the tokenizer must know.</param>
    /// <param name="folder">Where the model is saved.</param>
    /// <returns>The model, with the best weights.</returns>
    internal static LanguageModel TrainOnText(StageRunner runner, PretrainOptions options, IReadOnlyList<string> texts, PromptOptions prompt, string folder)
    {
        if (runner.Run.Result("language") != null)
        {
            return LanguageModel.Load(folder);
        }

        Tokenizer tokenizer = BpeTrainer.Train(texts, new BpeTrainerOptions
        {
            VocabularySize = options.VocabularySize,
            RequiredTokens = [prompt.Yes, prompt.No],
        });
        LlamaConfig config = options.Model(tokenizer.VocabularySize) with { BosTokenId = tokenizer.BeginId };
        Problems.Throw("llm.pretrain", config.Problems());
        var model = LanguageModel.Create(config, tokenizer, runner.Seed);
        var stage = new LanguageStage(model, texts, options.ChunkLength, options.Language, runner.Seed);
        runner.Fit(stage, () => model.Save(folder));
        return model;
    }

    /// <summary>Trains the whole model on the training histories, as prompts.</summary>
    /// <param name="runner">The run.</param>
    /// <param name="config">All settings.</param>
    /// <param name="model">The model inside its prompt frame; no adapters yet.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="folder">Where the model is saved, in place of the text-only one.</param>
    internal static void TrainOnHistories(StageRunner runner, ThinkRecConfig config, ReasoningModel model, Dataset dataset, string folder)
    {
        if (runner.Run.Result("behaviour") != null)
        {
            return;
        }

        PretrainOptions options = config.Llm.Pretrain;
        PromptOptions prompt = config.Prompt with { HistoryLength = Math.Max(options.BehaviourWindow, config.Prompt.HistoryLength) };
        Parameter[] parameters = [.. model.LanguageModel.Model.Parameters()];
        foreach (Parameter parameter in parameters)
        {
            parameter.Trainable = true;
        }

        var stage = new TuningStage(model, new PromptEncoder(dataset, model.LanguageModel.Tokenizer, prompt), new TuningPlan
        {
            Name = "behaviour",
            Parameters = parameters,
            Samples = new WindowSampler(dataset, options.BehaviourWindow, runner.Seed),
            Objective = options.BehaviourObjective,
            Optimization = options.Behaviour,
            Validation = new ValidationSet(dataset, config.Prompt, config.ValidationRows, runner.Seed),
            Seed = runner.Seed,
        });
        runner.Fit(stage, () => model.LanguageModel.Save(folder));
    }

    /// <summary>Item texts, prompt wording and the user's own files.</summary>
    /// <param name="dataset">The dataset; null for files only.</param>
    /// <param name="prompt">Prompt templates.</param>
    /// <param name="files">Plain text or JSON lines, plain or gzipped.</param>
    /// <returns>The texts.</returns>
    internal static IReadOnlyList<string> Texts(Dataset? dataset, PromptOptions prompt, IReadOnlyList<string> files)
    {
        var texts = new List<string>();
        if (dataset != null)
        {
            texts.AddRange(dataset.ItemTexts.Skip(1).Select(t => $"{t.Title} ({string.Join(", ", t.Keywords)}) {t.Description}".Trim()));
            texts.AddRange(Enumerable.Repeat($"{prompt.Template} {prompt.Item}{prompt.Yes}{prompt.Item}{prompt.No}", 4));
        }

        foreach (string file in files)
        {
            texts.AddRange(ReadTexts(file));
        }

        return texts;
    }

    private static IEnumerable<string> ReadTexts(string path)
    {
        if (!File.Exists(path))
        {
            throw new Configuration.ConfigurationException("llm.pretrain.texts", [$"there is no file {path}"]);
        }

        bool gzipped = path.EndsWith(".gz", StringComparison.Ordinal);
        using Stream file = File.OpenRead(path);
        using Stream stream = gzipped ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(stream);
        bool json = Path.GetFileName(path).Contains(".jsonl", StringComparison.Ordinal);
        long read = 0;
        int number = 0;
        while (reader.ReadLine() is string line)
        {
            number++;
            if ((read += line.Length) > MaxTextFileBytes)
            {
                throw new Configuration.ConfigurationException(path, [$"it holds more than {MaxTextFileBytes} characters; give a smaller part of it"]);
            }

            string text = json ? JsonText(path, number, line) : line.Trim();
            if (text.Length > 0)
            {
                yield return text;
            }
        }
    }

    /// <summary>All strings of a JSON line, in their order.</summary>
    private static string JsonText(string path, int number, string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return string.Join(" ", Strings(document.RootElement));
        }
        catch (JsonException e)
        {
            throw new Configuration.ConfigurationException($"{path}:{number}", [$"expected a JSON object on the line ({e.Message})"]);
        }
    }

    private static IEnumerable<string> Strings(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => [element.GetString()!],
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Strings),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => Strings(p.Value)),
        _ => [],
    };
}

/// <summary>Turns problems into one exception.</summary>
internal static class Problems
{
    internal static void Throw(string source, IEnumerable<string> problems)
    {
        string[] all = [.. problems];
        if (all.Length > 0)
        {
            throw new Configuration.ConfigurationException(source, all);
        }
    }
}
