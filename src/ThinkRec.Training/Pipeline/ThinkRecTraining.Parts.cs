using ThinkRec.Models.Collaborative;
using ThinkRec.Models.Llm;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Training.Pipeline;

// What only some methods or settings have: soft prompts, and another encoder that groups the users.
public sealed partial class ThinkRecTraining
{
    private const string PromptsAdapter = "adapters/prompts";

    /// <summary>Trains soft prompts and an adapter together, and leaves the prompts on the model, frozen.</summary>
    private void TrainPrompts(ReasoningModel model)
    {
        LlamaModel llama = model.LanguageModel.Model;
        if (_runner.Run.Result(MethodPlan.Prompts) is null)
        {
            using Projector projector = LanguageModelTraining.FreshProjector(_runner, _config, model);
            CreateAdapter(llama);
            (model.Projector, model.TextOnly) = (projector, false);
            var stage = Tuning(
                model, MethodPlan.Prompts, ExpertFusion.Global, [.. Adapters.Parameters(llama, ExpertFusion.Global), .. projector.Parameters()],
                _config.Projector.Optimization, ThinkingExamples(), null, vectorShare: 1);
            _runner.Fit(stage, () =>
            {
                AdapterFolder.Save(llama, ExpertFusion.Global, _config.Lora, _runner.Run.PathOf(PromptsAdapter), BaseModelName());
                SafetensorsWriter.Write(_runner.Run.PathOf(ThinkRecRun.ProjectorFile), projector.Parameters().Select(p => (p.Key, p.Value)));
            });
            model.Projector = null;
            Adapters.Remove(llama, ExpertFusion.Global);
        }

        (model.Projector, model.TextOnly) = (ThinkRecRun.LoadProjector(_runner.Run, _config, model.Encoder!, llama), false);
        Freeze(model.Projector.Parameters());
    }

    /// <summary>Puts the adapter on the model that the adapter's stage begins with: a fresh one, or the one trained with the prompts.</summary>
    private void StartAdapter(LlamaModel llama)
    {
        if (!_plan.Has(MethodPlan.Prompts))
        {
            CreateAdapter(llama);
            return;
        }

        AdapterFolder.Load(llama, ExpertFusion.Global, _runner.Run.PathOf(PromptsAdapter));
        foreach (Parameter parameter in Adapters.Parameters(llama, ExpertFusion.Global))
        {
            parameter.Trainable = true;
        }
    }

    private void CreateAdapter(LlamaModel llama)
    {
        using var generator = new Generator(_runner.Seed);
        Adapters.Create(llama, ExpertFusion.Global, _config.Lora, generator);
    }

    /// <summary>The encoder that groups users in place of the prompts' one, copied into the run; null when it is the same.</summary>
    private ICollaborativeEncoder? GroupingEncoder()
    {
        if (_config.Experts.GroupBy is not string run)
        {
            return null;
        }

        ICollaborativeEncoder encoder = EncoderFolder.Load(Path.Combine(run, "encoder"), _dataset);
        EncoderFolder.Save(encoder, _dataset, _runner.Run.PathOf(ThinkRecRun.GroupingEncoderFolder));
        return encoder;
    }
}
