using ThinkRec.Files;
using ThinkRec.Models.Reasoning;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Runs;
using ThinkRec.Training.Stages;

namespace ThinkRec.Training.Search;

/// <summary>Copies finished stages from one run to another whose settings are the same in all that the stage depends on: training them again would give the same bytes.</summary>
internal static class SharedStages
{
    private static readonly ThinkRecConfig Defaults = new();

    /// <summary>Takes over every stage that some other run has finished and that this one has not.</summary>
    /// <param name="run">Gets the products, and then the results, in the stages' order.</param>
    /// <param name="config">Its settings.</param>
    /// <param name="others">Runs on the same dataset, and their settings; a folder need not exist.</param>
    internal static void TakeOver(RunDirectory run, ThinkRecConfig config, IReadOnlyList<(string Folder, ThinkRecConfig Config)> others)
    {
        foreach (SharedStage stage in Of(config).Where(stage => run.Result(stage.Name) is null))
        {
            string? donor = others.FirstOrDefault(other => File.Exists(ResultOf(other.Folder, stage)) && Of(other.Config).Any(same => same.Name == stage.Name && same.DependsOn == stage.DependsOn)).Folder;
            if (donor is not null)
            {
                Copy(donor, run.Folder, stage.Products);
                Copy(donor, run.Folder, [Path.GetRelativePath(donor, ResultOf(donor, stage))]); // last: it says that the products are whole
            }
        }
    }

    private static string ResultOf(string folder, SharedStage stage) => Path.Combine(folder, "stages", stage.Name + ".json");

    /// <summary>The stages that can be shared; groups are formed anew, which is quick.</summary>
    /// <remarks>Each names what it does not depend on, so that a setting that is new here is taken for one that matters.</remarks>
    private static IEnumerable<SharedStage> Of(ThinkRecConfig config)
    {
        ThinkRecConfig all = config with { CheckpointSeconds = Defaults.CheckpointSeconds };
        ThinkRecConfig withoutStages = all with { Lora = Defaults.Lora, Thinking = Defaults.Thinking, Projector = Defaults.Projector, Experts = Defaults.Experts };
        string encoder = YamlWriter.Text(withoutStages with { Llm = Defaults.Llm, Prompt = Defaults.Prompt, Score = Defaults.Score, ValidationRows = Defaults.ValidationRows });
        yield return new SharedStage("encoder", encoder, ["encoder"]);
        for (int fold = 0; fold < config.Encoder.Folds; fold++)
        {
            yield return new SharedStage($"encoder-fold-{fold}", encoder, [EncoderFolds.Name(config.Encoder.Folds, fold)]);
        }

        yield return new SharedStage("out-of-fold", encoder, []);
        EncoderSource seen = config.Llm.Path is null && config.Llm.Pretrain.VectorShare > 0 ? config.Encoder : Defaults.Encoder; // by the language model before stage 2
        ThinkRecConfig behaviour = withoutStages with { Encoder = seen };
        PretrainOptions onText = config.Llm.Pretrain with { Behaviour = Defaults.Llm.Pretrain.Behaviour, BehaviourObjective = Defaults.Llm.Pretrain.BehaviourObjective, BehaviourWindow = Defaults.Llm.Pretrain.BehaviourWindow, VectorShare = Defaults.Llm.Pretrain.VectorShare };
        yield return new SharedStage(
            LanguageStage.StageName, YamlWriter.Text(behaviour with { Encoder = Defaults.Encoder, Llm = config.Llm with { Pretrain = onText }, Score = Defaults.Score, ValidationRows = Defaults.ValidationRows }), ["llm-text"]);
        yield return new SharedStage("behaviour", YamlWriter.Text(behaviour), ["llm", LanguageModelTraining.ProjectorStart]);
        yield return new SharedStage("thinking", YamlWriter.Text(all with { Encoder = seen, Projector = Defaults.Projector, Experts = Defaults.Experts }), ["adapters/global", "reasons.jsonl"]);
        yield return new SharedStage("projector", YamlWriter.Text(all with { Experts = Defaults.Experts }), [ThinkRecRun.ProjectorFile]);
        string experts = YamlWriter.Text(all with { Projector = Defaults.Projector, Experts = config.Experts with { Fusion = Defaults.Experts.Fusion, Temperature = Defaults.Experts.Temperature } });
        for (int group = 0; group < config.Experts.Count; group++)
        {
            yield return new SharedStage(ExpertFusion.Expert(group), experts, [$"adapters/{ExpertFusion.Expert(group)}"]);
        }
    }

    private static void Copy(string from, string to, IEnumerable<string> names)
    {
        foreach (string file in names.SelectMany(name => FilesOf(Path.Combine(from, name))))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using FileStream source = File.OpenRead(file);
            AtomicFile.Write(target, source.CopyTo, source.Length);
        }
    }

    private static string[] FilesOf(string path) =>
        Directory.Exists(path) ? Directory.GetFiles(path, "*", SearchOption.AllDirectories) : File.Exists(path) ? [path] : [];

    /// <summary>A stage, what its products follow from, and where they lie.</summary>
    private sealed record SharedStage(string Name, string DependsOn, string[] Products);
}
