using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Models.Llm;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.Torch;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Runs;

namespace ThinkRec.Training.Pipeline;

/// <summary>Loads the product of a run of ThinkRec, or of another method with a language model, for scoring.</summary>
public static class ThinkRecRun
{
    /// <summary>Name of the projector's file.</summary>
    public const string ProjectorFile = "projector.safetensors";

    /// <summary>Keys that say how a run is asked, not what was trained.</summary>
    public static readonly IReadOnlyList<string> AskingKeys = ["prompt.inferenceTemplate", "experts.fusion", "score"];

    /// <summary>Name of the folder of the encoder that groups the users, where it is not the one in the prompts.</summary>
    public const string GroupingEncoderFolder = "grouping-encoder";

    /// <summary>Loads a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="dataset">The dataset it was trained on.</param>
    /// <param name="config">Its settings.</param>
    /// <param name="withExperts">False leaves the experts out, so that the global adapter serves everybody.</param>
    /// <param name="device">Where the language model computes; null for the CPU. The encoder stays in main memory.</param>
    /// <returns>The model, ready to score.</returns>
    /// <exception cref="CheckpointException">A part is missing or damaged.</exception>
    public static ReasoningModel Load(RunDirectory run, Dataset dataset, ThinkRecConfig config, bool withExperts = true, Device? device = null)
    {
        var plan = MethodPlan.Of(run.Card.Method);
        RequireStages(run, plan.Results(config));
        LanguageModel languageModel = LanguageModel.Load(config.Llm.Path ?? run.PathOf("llm"), config.Llm.Options with { Device = device ?? Device.Cpu });
        try
        {
            LlamaModel llama = languageModel.Model;
            AdapterFolder.Load(llama, ExpertFusion.Global, run.PathOf("adapters/global"));
            ICollaborativeEncoder? encoder = plan.Has(MethodPlan.Encoder) ? EncoderFolds.Load(run.PathOf("encoder"), config.Encoder.Run ?? run.Folder, dataset, config.Encoder.Folds)
                : plan.Has(MethodPlan.Prompts) ? new ConstantEncoder() : null;
            var model = new ReasoningModel(languageModel, new PromptEncoder(dataset, languageModel.Tokenizer, config.Prompt.ForInference()))
            {
                Encoder = encoder,
                ScoreRule = config.Score,
                AdapterScaling = config.Lora.Scaling,
                Fusion = config.Experts.Fusion,
                Projector = config.Projector.Enabled ? LoadProjector(run, config, encoder!, llama) : null,
            };
            if (withExperts && config.Experts.Enabled)
            {
                model.GateEncoder = config.Experts.GroupBy is null ? null : EncoderFolder.Load(run.PathOf(GroupingEncoderFolder), dataset);
                model.Gate = LoadExperts(run, llama, model.GateEncoder ?? encoder!);
            }

            return model;
        }
        catch
        {
            languageModel.Dispose();
            throw;
        }
    }

    /// <summary>Reads the settings of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="changes">Values of <see cref="AskingKeys"/> that count in place of the run's, each <c>key=value</c>; null for none.</param>
    /// <returns>The settings.</returns>
    /// <exception cref="ConfigurationException">A change is of something that was trained.</exception>
    public static ThinkRecConfig Config(RunDirectory run, IReadOnlyList<string>? changes = null)
    {
        string[] other = [.. (changes ?? []).Where(change => !AskingKeys.Contains(change.Split('=')[0].Trim()))];
        return other.Length == 0 ? ConfigurationFile.Load<ThinkRecConfig>(run.PathOf(RunDirectory.ResolvedFile), changes ?? [])
            : throw new ConfigurationException("--set", [.. other.Select(change => $"{change}: a trained run can be asked with another {string.Join(", ", AskingKeys)}; train another run for the rest")]);
    }

    private static void RequireStages(RunDirectory run, IEnumerable<string> stages)
    {
        if (stages.FirstOrDefault(s => run.Result(s) is null) is string missing)
        {
            throw new ConfigurationException(run.Folder, [$"the run is not finished: stage {missing} is missing; go on with it by `thinkrec train --resume`"]);
        }
    }

    internal static Projector LoadProjector(RunDirectory run, ThinkRecConfig config, ICollaborativeEncoder encoder, LlamaModel llama)
    {
        using var file = SafetensorsFile.Open(run.PathOf(ProjectorFile));
        return new Projector(new WeightPath(new FileWeights(file, device: llama.HeadWeight.Device)), encoder.VectorSize, llama.Config.HiddenSize, config.Projector.Shape, config.Prompt.VectorTokens);
    }

    private static ExpertGate LoadExperts(RunDirectory run, LlamaModel llama, ICollaborativeEncoder encoder)
    {
        var experts = ExpertsFile.Read(run.PathOf(ExpertsFile.FileName), encoder.VectorSize);
        RequireStages(run, Enumerable.Range(0, experts.Centroids.Length).Select(ExpertFusion.Expert));
        for (int group = 0; group < experts.Centroids.Length; group++)
        {
            string name = ExpertFusion.Expert(group);
            AdapterFolder.Load(llama, name, run.PathOf($"adapters/{name}"));
            Adapters.ShareBelow(llama, name, ExpertFusion.Global, experts.FirstLayer);
        }

        return new ExpertGate(experts.Centroids, experts.Temperature);
    }
}
