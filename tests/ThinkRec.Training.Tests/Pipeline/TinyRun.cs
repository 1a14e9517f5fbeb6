using System.Text;
using System.Text.RegularExpressions;
using ThinkRec.Data;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.Training.Encoders;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Runs;
using ThinkRec.Training.Stages;

namespace ThinkRec.Training.Tests.Pipeline;

/// <summary>A whole training in about two seconds.</summary>
internal static class TinyRun
{
    private static readonly Regex Times = new(@",""(stepsPerSecond|tokensPerSecond|memoryMiB)"":[^,}]*");

    internal static readonly Dataset World = BuiltInWorld.Generate(new BuiltInWorldOptions { NumUsers = 40, NumItems = 100 }).Dataset;

    /// <summary>Two epochs of the stages that are interrupted, so that the best weights of the first matter.</summary>
    internal static ThinkRecConfig Config { get; } = new()
    {
        Seed = 7,
        ValidationRows = 60,
        Encoder = new() { Train = new EncoderOptions { EmbeddingSize = 8, Optimization = Steps(4, 1) with { LearningRate = 0.01, BatchSize = 128 } } },
        Llm = new()
        {
            Pretrain = new()
            {
                HiddenSize = 32,
                IntermediateSize = 48,
                NumHiddenLayers = 2,
                NumAttentionHeads = 2,
                NumKeyValueHeads = 2,
                MaxPositionEmbeddings = 512,
                VocabularySize = 400,
                ChunkLength = 32,
                Language = Steps(10, 1),
                BehaviourWindow = 8,
                Behaviour = Steps(13, 2),
                BehaviourObjective = new ObjectiveOptions { Theta = 0.5, Gamma = 0.1, History = 1, Prompt = 0.1 },
            },
        },
        Prompt = new PromptOptions
        {
            Template = "Rated:{history}\n{user_vector}Next:{target}",
            Item = "\n{title}{vector}:",
            HistoryLength = 4,
            MaxTextTokens = 12,
        },
        Lora = new LoraConfig { Rank = 2, Alpha = 4, Dropout = 0.1, TargetModules = ["q_proj", "v_proj"] },
        Thinking = new() { Count = 60, Share = 0.3, MaxReasonTokens = 24, Optimization = Steps(13, 2) },
        Projector = new() { Optimization = Steps(20, 1) with { LearningRate = 0.01 } },
        Experts = new() { Count = 2, LastLayers = 1, Optimization = Steps(13, 2) },
    };

    /// <summary>Trains, or goes on with, a run.</summary>
    internal static void Train(string folder, bool resume, ITrainingWatcher? watcher, CancellationToken cancellation, ThinkRecConfig? config = null, TimeSpan? interval = null, string method = Methods.ThinkRec, string? stage = null)
    {
        config = MethodPlan.Of(method).Resolve(config ?? Config);
        var run = RunDirectory.Start(folder, method, World, config, resume, watcher);
        var runner = new StageRunner(run, config.Seed, interval ?? TimeSpan.FromHours(1), cancellation);
        new ThinkRecTraining(config, World, folder + "-data", runner).Run(stage);
    }

    /// <summary>The files that a training is for, by name, and the log without times and memory.</summary>
    internal static Dictionary<string, string> Products(string folder) => Directory
        .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(folder, path))
        .Where(name => name.EndsWith(".safetensors", StringComparison.Ordinal) || name is ExpertsFile.FileName or RunDirectory.ResolvedFile or "reasons.jsonl" or "metrics.jsonl")
        .ToDictionary(name => name, name => Digest(name, File.ReadAllText(Path.Combine(folder, name), Encoding.Latin1)));

    private static string Digest(string name, string content) =>
        name == "metrics.jsonl" ? Times.Replace(content, "") : Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(Encoding.Latin1.GetBytes(content)));

    private static OptimizationOptions Steps(int steps, int epochs) => new()
    {
        LearningRate = 3e-3,
        MinLearningRate = 3e-4,
        BatchSize = 4,
        StepsPerEpoch = steps,
        MaxEpochs = epochs,
        Patience = epochs,
    };
}
