using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Models.Llm;
using ThinkRec.Models.Reasoning;
using ThinkRec.Teaching;
using ThinkRec.Training.Configuration;

namespace ThinkRec.Training.Pipeline;

/// <summary>Looks at everything that a training of ThinkRec will read, so that what is missing is told before anything is trained or written.</summary>
public static class TrainingInputs
{
    private static readonly string[] Projections = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

    /// <summary>Refuses inputs that the training could not use.</summary>
    /// <param name="config">All settings.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="datasetFolder">Its folder, where a reasons.jsonl may lie.</param>
    /// <returns>What the user should know before training begins; usually nothing.</returns>
    /// <exception cref="ConfigurationException">A setting does not fit; other exceptions name a file that is missing or damaged.</exception>
    public static IReadOnlyList<string> Require(ThinkRecConfig config, Dataset dataset, string datasetFolder)
    {
        if (dataset.RowsOf(Split.Train).Length == 0)
        {
            throw new ConfigurationException($"dataset '{dataset.Name}'", ["split train has no rows; there is nothing to train on"]);
        }

        string[] unknown = [.. config.Lora.TargetModules.Except(Projections)];
        if (unknown.Length > 0)
        {
            throw new ConfigurationException("lora.targetModules", [$"{string.Join(", ", unknown)} match no projection; have: {string.Join(", ", Projections)}"]);
        }

        if (config.Projector.Enabled && !config.Prompt.HasVectors)
        {
            throw new ConfigurationException(
                "prompt", ["there is no place for a vector, neither {user_vector} nor {target_vector} in template nor {vector} in item; add one, or set projector.enabled to false"]);
        }

        if (config.Encoder.Run is string run)
        {
            EncoderFolds.Load(Path.Combine(run, "encoder"), run, dataset, config.Encoder.Folds).Dispose();
        }
        else
        {
            EncoderFolds.Require(config.Encoder.Folds, config.Encoder.Train);
        }

        if (config.Experts is { Enabled: true, GroupBy: string other })
        {
            EncoderFolder.Load(Path.Combine(other, "encoder"), dataset).Dispose();
        }

        RequireLanguageModel(config, dataset);
        return RequireReasons(config, dataset, datasetFolder);
    }

    private static void RequireLanguageModel(ThinkRecConfig config, Dataset dataset)
    {
        if (config.Llm.Path is string path)
        {
            _ = new PromptEncoder(dataset, LanguageModel.Inspect(path), config.Prompt);
            return;
        }

        string[] missing = [.. config.Llm.Pretrain.Texts.Where(file => !File.Exists(file)).Select(file => $"there is no file {file}")];
        Problems.Throw("llm.pretrain.texts", missing);
        Problems.Throw("llm.pretrain", config.Llm.Pretrain.Model(config.Llm.Pretrain.VocabularySize).Problems());
    }

    /// <summary>The file of reasons that a training reads.</summary>
    /// <param name="config">All settings.</param>
    /// <param name="datasetFolder">The dataset's folder.</param>
    /// <returns>Its path; null when training writes reasons itself.</returns>
    internal static string? ReasonsOf(ThinkRecConfig config, string datasetFolder)
    {
        string own = Path.Combine(datasetFolder, ReasonFile.FileName);
        return config.Thinking.Reasons ?? (File.Exists(own) ? own : null);
    }

    private static string[] RequireReasons(ThinkRecConfig config, Dataset dataset, string datasetFolder)
    {
        if (!config.Thinking.Enabled || ReasonsOf(config, datasetFolder) is not string path)
        {
            return [];
        }

        var reasons = TeacherReasons.Read(path, dataset);
        reasons.Require();
        return reasons.Note is string note ? [note] : [];
    }
}
