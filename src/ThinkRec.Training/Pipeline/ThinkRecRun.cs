using ThinkRec.Data;
using ThinkRec.Models.Llm;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.Torch;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Runs;

namespace ThinkRec.Training.Pipeline;

/// <summary>Loads the product of a ThinkRec run for scoring.</summary>
public static class ThinkRecRun
{
    /// <summary>Name of the projector's file.</summary>
    public const string ProjectorFile = "projector.safetensors";

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
        string[] needed = ["encoder", config.Llm.Path is null ? "behaviour" : "encoder", "thinking", config.Projector.Enabled ? "projector" : "thinking",
            config.Experts.Enabled ? "groups" : "thinking"];
        RequireStages(run, needed);
        LanguageModel languageModel = LanguageModel.Load(config.Llm.Path ?? run.PathOf("llm"), config.Llm.Options with { Device = device ?? Device.Cpu });
        try
        {
            LlamaModel llama = languageModel.Model;
            AdapterFolder.Load(llama, ExpertFusion.Global, run.PathOf("adapters/global"));
            ICollaborativeEncoder encoder = EncoderFolds.Load(run.PathOf("encoder"), config.Encoder.Run ?? run.Folder, dataset, config.Encoder.Folds);
            var model = new ReasoningModel(languageModel, new PromptEncoder(dataset, languageModel.Tokenizer, config.Prompt))
            {
                Encoder = encoder,
                ScoreRule = config.Score,
                AdapterScaling = config.Lora.Scaling,
                Fusion = config.Experts.Fusion,
                Projector = config.Projector.Enabled ? LoadProjector(run, encoder, llama) : null,
            };
            if (withExperts && config.Experts.Enabled)
            {
                model.Gate = LoadExperts(run, llama, encoder);
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
    /// <returns>The settings.</returns>
    public static ThinkRecConfig Config(RunDirectory run) => ConfigurationFile.Load<ThinkRecConfig>(run.PathOf(RunDirectory.ResolvedFile), []);

    private static void RequireStages(RunDirectory run, IEnumerable<string> stages)
    {
        if (stages.FirstOrDefault(s => run.Result(s) is null) is string missing)
        {
            throw new ConfigurationException(run.Folder, [$"the run is not finished: stage {missing} is missing; go on with it by `thinkrec train --resume`"]);
        }
    }

    private static Projector LoadProjector(RunDirectory run, ICollaborativeEncoder encoder, LlamaModel llama)
    {
        using var file = SafetensorsFile.Open(run.PathOf(ProjectorFile));
        return new Projector(new WeightPath(new FileWeights(file, device: llama.HeadWeight.Device)), encoder.VectorSize, llama.Config.HiddenSize);
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
