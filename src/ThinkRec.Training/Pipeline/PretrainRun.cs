using System.Diagnostics;
using ThinkRec.Data;
using ThinkRec.Models.Llm;
using ThinkRec.Models.Reasoning;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Runs;
using ThinkRec.Training.Stages;

namespace ThinkRec.Training.Pipeline;

/// <summary>How the training of a language model ended.</summary>
/// <param name="Folder">The model folder.</param>
/// <param name="Stage">How the stage ended; its metric is the held-out cross-entropy.</param>
/// <param name="Parameters">Weights of the model.</param>
/// <param name="VocabularySize">Tokens of its vocabulary.</param>
/// <param name="TokensPerSecond">Tokens that this call trained the model to predict, by all its processes, by the time of the training with validation and checkpoints; null when it trained none.</param>
public sealed record PretrainResult(string Folder, StageResult Stage, long Parameters, int VocabularySize, double? TokensPerSecond)
{
    /// <summary>Mean cross-entropy of the held-out sequences at the best epoch, in nats per token.</summary>
    public double CrossEntropy => Stage.Metrics[LanguageStage.CrossEntropyMetric];

    /// <summary>The same of a model that gives every token the same probability.</summary>
    public double UniformCrossEntropy => Math.Log(VocabularySize);
}

/// <summary>Trains a small language model from scratch on text, as a run of its own.</summary>
public static class PretrainRun
{
    /// <summary>The folder of the model inside the run.</summary>
    public const string ModelFolder = "llm";

    /// <summary>Trains the model, or goes on with a training, unless that has been done.</summary>
    /// <param name="folder">Folder of the run.</param>
    /// <param name="files">Files of text: lines, or JSON lines when named .jsonl; either may be gzipped (.gz).</param>
    /// <param name="config">All settings.</param>
    /// <param name="resume">Whether a run that is there may be gone on with.</param>
    /// <param name="watcher">Told of steps and epochs; null for nobody.</param>
    /// <param name="cancellation">Stops after a step; a checkpoint is kept.</param>
    /// <param name="device">Where the model is trained; null for the CPU.</param>
    /// <param name="parallel">The processes that train together; null for this one alone.</param>
    /// <returns>How it ended.</returns>
    /// <exception cref="DataFormatException">A file is damaged, or there is no text in them.</exception>
    /// <exception cref="TrainingException">The texts are too short. Nothing has been written then.</exception>
    /// <exception cref="Configuration.ConfigurationException">The folder holds something else.</exception>
    public static PretrainResult Train(
        string folder, IReadOnlyList<string> files, PretrainRunConfig config, bool resume, ITrainingWatcher? watcher, CancellationToken cancellation, Device? device = null,
        DataParallel? parallel = null)
    {
        IReadOnlyList<string> texts = Read(files, cancellation);
        TokenSequences? sequences = null;
        var run = RunDirectory.Start(
            folder, Methods.Pretrain, TrainingData.Of(files, texts), config, resume, watcher, () => sequences = Tokenize(texts, config, cancellation), parallel);
        string target = run.PathOf(ModelFolder);
        if (run.Result(LanguageStage.StageName) is StageResult done)
        {
            LlamaConfig shape = LlamaConfig.Load(target);
            return new PretrainResult(target, done, LlamaWeight.Count(shape), shape.VocabSize, null);
        }

        sequences ??= Tokenize(texts, config, cancellation);
        using LanguageModel model = LanguageModelTraining.Fresh(config.Options(), sequences.Tokenizer, config.Seed);
        model.Model.MoveTo(device ?? Device.Cpu);
        var stage = new LanguageStage(model.Model, sequences, config.Language, config.Seed);
        var runner = new StageRunner(run, config.Seed, TimeSpan.FromSeconds(config.CheckpointSeconds), cancellation);
        var watch = Stopwatch.StartNew();
        StageResult result = runner.Fit(stage, () => model.Save(target));
        return new PretrainResult(
            target, result, LlamaWeight.Count(model.Model.Config), sequences.Tokenizer.VocabularySize,
            stage.TokensTrained > 0 ? stage.TokensTrained / watch.Elapsed.TotalSeconds : null);
    }

    private static List<string> Read(IReadOnlyList<string> files, CancellationToken cancellation)
    {
        var texts = new List<string>();
        foreach (string file in files)
        {
            texts.AddRange(TextFile.Read(file).Until(cancellation));
        }

        return texts.Count > 0 ? texts
            : throw new DataFormatException($"{string.Join(", ", files.Select(Path.GetFileName))}: expected lines of text but found none. Name files with text in them.");
    }

    // Differs from the same training inside `train thinkrec`: texts begin with the begin token, because no training on prompts follows that would teach it.
    private static TokenSequences Tokenize(IReadOnlyList<string> texts, PretrainRunConfig config, CancellationToken cancellation) =>
        LanguageModelTraining.Tokenize(config.Options(), texts.Until(cancellation), new PromptOptions(), config.Seed, withBegin: true);

    private static IEnumerable<string> Until(this IEnumerable<string> texts, CancellationToken cancellation)
    {
        foreach (string text in texts)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return text;
        }
    }
}
