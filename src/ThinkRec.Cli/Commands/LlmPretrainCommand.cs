using System.CommandLine;
using System.Globalization;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Pipeline;

namespace ThinkRec.Cli.Commands;

/// <summary><c>llm pretrain</c>: a small language model from scratch, from text.</summary>
internal sealed class LlmPretrainCommand : ICommand
{
    private readonly Option<FileInfo[]> _texts = new Option<FileInfo[]>("--texts")
    {
        Description = "Text in UTF-8: a text on each line, or JSON lines (.jsonl) whose strings are read; either may be gzipped (.gz).",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
        HelpName = "FILE",
    }.AcceptExistingOnly();

    private readonly Option<DirectoryInfo> _out = new("--out")
    {
        Description = $"Folder of the run; the model goes into its folder {PretrainRun.ModelFolder}.",
        Required = true,
        HelpName = "DIR",
    };

    private readonly ConfigurationOptions _configuration = new("hiddenSize=256");
    private readonly Option<bool> _resume = new("--resume") { Description = "Goes on with the run in --out." };

    private readonly Option<string> _device = DeviceOption.Make();

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        var command = new Command("pretrain", "Trains a small Llama-family model and its tokenizer from scratch on text.")
        {
            _texts, _out, _configuration.Config, _configuration.Set, _resume, _device,
        };
        application.Act(command, (call, report, cancellation) => Task.Run(() => Train(call, report, cancellation), CancellationToken.None));
        return command;
    }

    private void Train(ParseResult call, IConsoleReport report, CancellationToken cancellation)
    {
        string run = call.GetRequiredValue(_out).FullName;
        string[] files = [.. call.GetRequiredValue(_texts).Select(file => file.FullName)];
        if (files.FirstOrDefault(file => !File.Exists(file)) is string folder)
        {
            throw new UsageException($"--texts {folder} is a folder, expected files of text. Name them one by one.");
        }

        Device device = DeviceOption.Read(call, _device);
        PretrainRunConfig config = _configuration.Load<PretrainRunConfig>(call);
        using var parallel = DataParallel.FromEnvironment(device);
        var watcher = new ProgressWatcher(report);
        PretrainResult result = PretrainRun.Train(run, files, config, call.GetValue(_resume), watcher, cancellation, device, parallel);
        if (!parallel.IsFirst)
        {
            return;
        }

        watcher.Notes.ForEach(report.Line);
        report.Line($"{result.Parameters} weights, {result.VocabularySize} tokens in the vocabulary; {result.Stage.Epochs} epochs in {result.Stage.Seconds} s, the best is {result.Stage.BestEpoch}.");
        report.Line($"Held-out cross-entropy: {Text(result.CrossEntropy)} nats per token (all tokens alike: {Text(result.UniformCrossEntropy)}).");
        report.Line(result.TokensPerSecond is double rate
            ? $"Speed: {rate.ToString("0", CultureInfo.InvariantCulture)} tokens/s, validation and checkpoints included."
            : "It had been trained before; nothing was done.");
        report.Line($"The model is in {result.Folder}; name this folder as llm.path to train a recommender on it.");
        report.Document(new
        {
            Run = run,
            Model = result.Folder,
            result.Parameters,
            result.VocabularySize,
            HeldOutCrossEntropy = result.CrossEntropy,
            result.UniformCrossEntropy,
            result.TokensPerSecond,
            Stages = new[] { result.Stage },
            watcher.Notes,
        });
    }

    private static string Text(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
