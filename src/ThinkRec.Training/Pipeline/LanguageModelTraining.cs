using ThinkRec.Data;
using ThinkRec.Models.Llm;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.Text;
using ThinkRec.Torch;
using ThinkRec.Training.Runs;
using ThinkRec.Training.Stages;

namespace ThinkRec.Training.Pipeline;

/// <summary>Trains a small language model from scratch, for where no pretrained one can be had.</summary>
internal static class LanguageModelTraining
{
    /// <summary>The projector that learnt together with the language model, inside a run.</summary>
    internal const string ProjectorStart = "projector-start.safetensors";

    /// <summary>Trains tokenizer and model on texts.</summary>
    /// <param name="runner">The run.</param>
    /// <param name="options">Sizes and lengths.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="prompt">Whose words and answers the tokenizer must know.</param>
    /// <param name="folder">Where the model is saved.</param>
    /// <returns>The model, with the best weights.</returns>
    internal static LanguageModel TrainOnText(StageRunner runner, PretrainOptions options, IReadOnlyList<string> texts, PromptOptions prompt, string folder)
    {
        if (runner.Run.Result(LanguageStage.StageName) != null)
        {
            return LanguageModel.Load(folder, new LoadOptions { Device = runner.Device });
        }

        TokenSequences sequences = Tokenize(options, texts, prompt, runner.Seed);
        LanguageModel model = Fresh(options, sequences.Tokenizer, runner.Seed);
        model.Model.MoveTo(runner.Device);
        runner.Fit(new LanguageStage(model.Model, sequences, options.Language, runner.Seed), () => model.Save(folder));
        return model;
    }

    /// <summary>Learns a tokenizer from texts and encodes them with it.</summary>
    /// <param name="options">Sizes and lengths.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="prompt">Whose answers must be one token each.</param>
    /// <param name="seed">Decides which sequences are held out.</param>
    /// <param name="withBegin">Whether each text begins with the begin token.</param>
    /// <returns>The tokens, cut into sequences.</returns>
    /// <exception cref="Loop.TrainingException">The texts are too short.</exception>
    internal static TokenSequences Tokenize(PretrainOptions options, IEnumerable<string> texts, PromptOptions prompt, long seed, bool withBegin = false)
    {
        Tokenizer tokenizer = BpeTrainer.Train(texts, new BpeTrainerOptions
        {
            VocabularySize = options.VocabularySize,
            RequiredTokens = [prompt.Yes, prompt.No],
        });
        return new TokenSequences(tokenizer, texts, options.ChunkLength, seed, withBegin);
    }

    /// <summary>Makes a model with fresh weights.</summary>
    /// <param name="options">Its shape.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="seed">Seed of the weights.</param>
    /// <returns>The model.</returns>
    internal static LanguageModel Fresh(PretrainOptions options, Tokenizer tokenizer, long seed)
    {
        LlamaConfig config = options.Model(tokenizer.VocabularySize) with { BosTokenId = tokenizer.BeginId };
        Problems.Throw("llm.pretrain", config.Problems());
        return LanguageModel.Create(config, tokenizer, seed);
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
        using Projector? projector = options.VectorShare > 0 ? FreshProjector(runner, config, model) : null;
        model.Projector = projector;
        model.TextOnly = projector is null;
        Parameter[] parameters = [.. model.LanguageModel.Model.Parameters(), .. projector?.Parameters() ?? []];
        foreach (Parameter parameter in parameters)
        {
            parameter.Trainable = true;
        }

        var stage = new TuningStage(model, new PromptEncoder(dataset, model.LanguageModel.Tokenizer, prompt), new TuningPlan
        {
            Name = "behaviour",
            Parameters = parameters,
            VectorShare = options.VectorShare,
            Samples = new WindowSampler(dataset, options.BehaviourWindow, runner.Seed),
            Objective = options.BehaviourObjective,
            Optimization = options.Behaviour,
            Validation = new ValidationSet(dataset, config.Prompt, config.ValidationRows, runner.Seed),
            Seed = runner.Seed,
        });
        runner.Fit(stage, () =>
        {
            model.LanguageModel.Save(folder);
            if (projector != null)
            {
                SafetensorsWriter.Write(runner.Run.PathOf(ProjectorStart), projector.Parameters().Select(p => (p.Key, p.Value)));
            }
        });
        model.Projector = null;
        model.TextOnly = true;
    }

    /// <summary>A projector that begins with the encoder's own score.</summary>
    /// <param name="runner">The run.</param>
    /// <param name="config">All settings.</param>
    /// <param name="model">The model that is to read its vectors.</param>
    /// <returns>The projector, owned by the caller.</returns>
    internal static Projector FreshProjector(StageRunner runner, ThinkRecConfig config, ReasoningModel model)
    {
        using var generator = new Generator(runner.Seed + 1);
        var projector = new Projector(new WeightPath(new FreshWeights(generator)), model.Encoder!.VectorSize, model.LanguageModel.Model.Config.HiddenSize, config.Projector.Shape, config.Prompt.VectorTokens);
        projector.MoveTo(runner.Device);
        using var scope = TensorScope.Begin();
        projector.StartFromEncoder(model.AnswerDirection());
        return projector;
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
            if (!File.Exists(file))
            {
                throw new Configuration.ConfigurationException("llm.pretrain.texts", [$"there is no file {file}"]);
            }

            texts.AddRange(TextFile.Read(file));
        }

        return texts;
    }
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
