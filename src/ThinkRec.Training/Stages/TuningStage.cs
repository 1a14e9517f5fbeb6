using ThinkRec.Data;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Stages;

/// <summary>What makes one tuning of the language model different from another.</summary>
internal sealed record TuningPlan
{
    /// <summary>Stage name.</summary>
    internal required string Name { get; init; }

    /// <summary>What trains; the rest of the model must be frozen.</summary>
    internal required IReadOnlyList<Parameter> Parameters { get; init; }

    /// <summary>Adapter that acts while training and validating; null for the base model.</summary>
    internal string? Adapter { get; init; }

    /// <summary>Share of the steps whose prompts carry vectors.</summary>
    internal double VectorShare { get; init; }

    /// <summary>Where examples come from.</summary>
    internal required ExampleSampler Samples { get; init; }

    /// <summary>Weights of the loss.</summary>
    internal required ObjectiveOptions Objective { get; init; }

    /// <summary>Learning rate and length.</summary>
    internal required OptimizationOptions Optimization { get; init; }

    /// <summary>Longest reason in tokens.</summary>
    internal int MaxReasonTokens { get; init; } = 96;

    /// <summary>Validation rows.</summary>
    internal required ValidationSet Validation { get; init; }

    /// <summary>Whether the parameters are of use before the first step.</summary>
    internal bool MayKeepStart { get; init; }

    /// <summary>Gives the states of the layers below all that trains; they run without dropout then. Null to compute all layers in every step.</summary>
    internal TrunkCache? Trunk { get; init; }

    /// <summary>Seed.</summary>
    internal required long Seed { get; init; }
}

/// <summary>Tunes parts of the language model on prompts: the whole of it, an adapter, an expert's layers, or the projector.</summary>
internal sealed class TuningStage : Stage
{
    private readonly ReasoningModel _model;
    private readonly TuningPlan _plan;
    private readonly Objective _objective;
    private Example[][] _batches = [];
    private Ahead<PreparedBatch>? _ahead;

    /// <summary>Prepares the stage.</summary>
    /// <param name="model">The model, borrowed.</param>
    /// <param name="prompts">Prompts to train on; their history may be longer than the model's own.</param>
    /// <param name="plan">What trains on what.</param>
    internal TuningStage(ReasoningModel model, PromptEncoder prompts, TuningPlan plan)
    {
        _model = model;
        _plan = plan;
        _objective = new Objective(model, prompts, plan.Objective, plan.MaxReasonTokens);
    }

    public override string Name => _plan.Name;

    public override IReadOnlyList<Parameter> Parameters => _plan.Parameters;

    public override OptimizationOptions Optimization => _plan.Optimization;

    public override int StepsPerEpoch => Optimization.StepsPerEpoch > 0 ? Optimization.StepsPerEpoch
        : (_plan.Samples.Count + Optimization.BatchSize - 1) / Optimization.BatchSize;

    public override bool DividesBatches => true;

    public override bool MayKeepStart => _plan.MayKeepStart;

    public override void BeginEpoch(int epoch)
    {
        _ahead?.Stop();
        _batches = ExampleSampler.Bucket(
            _plan.Samples.Epoch(epoch), Optimization.BatchSize, e => e.State.History.Length + (e.Reason?.Length ?? 0), SeededRandom.Stream(_plan.Seed, $"{Name}/batches/{epoch}"));
        var random = SeededRandom.Stream(_plan.Seed, $"{Name}/vectors/{epoch}");
        bool[] withVectors = [.. _batches.Select(_ => random.NextDouble() < _plan.VectorShare)];
        _ahead = new Ahead<PreparedBatch>(step => _objective.Prepare(_batches[step % _batches.Length], withVectors[step % _batches.Length]), StepsPerEpoch);
        _plan.Trunk?.Begin();
    }

    public override StepLoss Loss(int step)
    {
        using AdapterBlend? blend = Blend();
        PreparedBatch share = Own(step);
        return share.Rows.Length == 0 ? StepLoss.Empty() : _objective.Compute(share, blend, _plan.Trunk, recompute: false).Loss;
    }

    public override StepLoss Learn(int step, Action? beforeLastBackward = null)
    {
        using AdapterBlend? blend = Blend();
        PreparedBatch[] parts = Own(step).Parts(Optimization.Accumulate);
        return MicroSteps.Learn(parts.Length, i => _objective.Compute(parts[i], blend, _plan.Trunk, Optimization.Recompute), beforeLastBackward);
    }

    public override string Describe(int step) =>
        $"rows of {string.Join(", ", _batches[step % _batches.Length].Take(4).Select(e => _plan.Validation.Name(e)))} …";

    public override void SetTraining(bool training)
    {
        if (training)
        {
            _model.LanguageModel.Model.SetTrainingFrom(_plan.Trunk?.Layers ?? 0);
        }
        else
        {
            _ahead?.Stop(); // whoever measures now encodes prompts, too
            _model.LanguageModel.Model.SetTraining(false);
        }

        _model.Projector?.SetTraining(training);
    }

    public override bool ValidatesTogether => true;

    public override IReadOnlyDictionary<string, double> Validate()
    {
        string? serving = _model.ServingAdapter;
        _model.ServingAdapter = _plan.Adapter;
        try
        {
            return _plan.Validation.Measure(_model, Optimization.SelectBy, Parallel);
        }
        finally
        {
            _model.ServingAdapter = serving;
        }
    }

    public override double Select(IReadOnlyDictionary<string, double> metrics) => Selection.Combined(metrics);

    private AdapterBlend? Blend() => _plan.Adapter is string name ? AdapterBlend.Single(name) : null;

    /// <summary>What this process computes of a step.</summary>
    private PreparedBatch Own(int step)
    {
        PreparedBatch whole = _ahead!.Take(step);
        return whole with { Rows = Share(whole.Rows) };
    }
}
