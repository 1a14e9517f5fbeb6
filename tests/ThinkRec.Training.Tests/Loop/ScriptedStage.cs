using ThinkRec.Nn;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Tests.Loop;

/// <summary>One weight that each step moves down a little; losses and metrics are those of a script.</summary>
internal sealed class ScriptedStage : Stage, IDisposable
{
    private readonly Parameter _weight = new("w", Tensor.Full([1], 5));

    /// <summary>The weight.</summary>
    internal double Value => _weight.Value.Detach().ToDouble();

    /// <summary>Metrics after each epoch, from the first; the last ones repeat.</summary>
    internal IReadOnlyDictionary<string, double>[] Script { get; init; } = [new Dictionary<string, double> { ["auc"] = 0.5 }];

    /// <summary>Loss of each step, by its number; null for that of the weight.</summary>
    internal Func<int, double?> LossOf { get; init; } = _ => null;

    internal int Epochs { get; private set; }

    public override string Name => "scripted";

    public override IReadOnlyList<Parameter> Parameters => [_weight];

    public override OptimizationOptions Optimization => Options;

    internal OptimizationOptions Options { get; init; } = new() { LearningRate = 0.1, MaxEpochs = 20, Patience = 3 };

    public override int StepsPerEpoch => 4;

    internal static Dictionary<string, double> Metrics(params (string Name, double Value)[] metrics) => metrics.ToDictionary(m => m.Name, m => m.Value);

    public override void BeginEpoch(int epoch) => Epochs = epoch;

    public override StepLoss Loss(int step)
    {
        Tensor sum = _weight.Value.Sum();
        Tensor loss = LossOf((Epochs * StepsPerEpoch) + step) is double value ? sum.Mul(0).Add(value) : sum;
        return new StepLoss(loss, [("small", Tensor.Full([], 0.25)), ("main", loss.Detach())]);
    }

    public override string Describe(int step) => $"rows of step {step}";

    public override void SetTraining(bool training)
    {
    }

    public override IReadOnlyDictionary<string, double> Validate() => Script[Math.Min(Epochs, Script.Length - 1)];

    public void Dispose() => _weight.Dispose();

    /// <summary>Trains it.</summary>
    internal TrainerState Fit(string? checkpoint = null, ITrainingWatcher? watcher = null, int? untilEpoch = null, TimeSpan? interval = null, string identity = "test") => Trainer.Fit(
        this, new FitOptions(1, checkpoint, identity, interval ?? TimeSpan.FromHours(1), watcher ?? new Notes()) { UntilEpoch = untilEpoch }, TimeProvider.System, TestContext.Current.CancellationToken);

    /// <summary>Keeps what a training has to say.</summary>
    internal sealed class Notes : ITrainingWatcher
    {
        internal List<string> Texts { get; } = [];

        internal List<int> Steps { get; } = [];

        public void Step(TrainingRecord record) => Steps.Add(record.Step);

        public void Epoch(TrainingRecord record)
        {
        }

        public void Note(string text) => Texts.Add(text);
    }
}
