using System.Security.Cryptography;
using System.Text;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Training.Loop;

/// <summary>A training went wrong in a way that more of it cannot mend.</summary>
public sealed class TrainingException : Exception
{
    /// <summary>Creates an exception with a text.</summary>
    /// <param name="message">Stage, step, rows and term, and what to change.</param>
    public TrainingException(string message) : base(message) { }
}

/// <summary>What a training needs besides the stage.</summary>
/// <param name="Seed">Seed of everything random.</param>
/// <param name="CheckpointPath">File of the checkpoint; null keeps none.</param>
/// <param name="Identity">Fingerprint of configuration and data; a checkpoint with another one is refused.</param>
/// <param name="CheckpointInterval">Time between checkpoints inside an epoch; each epoch's end has one anyway.</param>
/// <param name="Watcher">Told of steps and epochs.</param>
public sealed record FitOptions(long Seed, string? CheckpointPath, string Identity, TimeSpan CheckpointInterval, ITrainingWatcher Watcher)
{
    /// <summary>Pauses once so many epochs are done, with a checkpoint to go on from; null trains to the end. The learning rate's schedule does not know of it.</summary>
    public int? UntilEpoch { get; init; }

    /// <summary>The processes that train together. Only the first of them writes.</summary>
    public DataParallel Parallel { get; init; } = DataParallel.Alone;

    /// <summary>Told where the training ended or paused, for whoever does not call the trainer itself.</summary>
    public Action<TrainerState>? Ended { get; init; }
}

/// <summary>Told how a training goes.</summary>
public interface ITrainingWatcher
{
    /// <summary>A step was done; called every few steps.</summary>
    /// <param name="record">Numbers by name, stage and step among them.</param>
    void Step(TrainingRecord record);

    /// <summary>An epoch was done and validated.</summary>
    /// <param name="record">Numbers by name, stage and step among them.</param>
    void Epoch(TrainingRecord record);

    /// <summary>A stage begins, or goes on from a checkpoint: what was told of later steps is told again.</summary>
    /// <param name="stage">Stage name.</param>
    /// <param name="state">Where it stands.</param>
    void Begin(string stage, TrainerState state) { }

    /// <summary>Something happened that the user should know of.</summary>
    /// <param name="text">A sentence or two.</param>
    void Note(string text) { }
}

/// <summary>One line of the log.</summary>
/// <param name="Stage">Stage name.</param>
/// <param name="Epoch">Epochs done.</param>
/// <param name="Step">Steps done.</param>
/// <param name="TotalSteps">Steps of the longest training the settings allow.</param>
/// <param name="Values">Numbers by name.</param>
public sealed record TrainingRecord(string Stage, int Epoch, int Step, int TotalSteps, IReadOnlyDictionary<string, double> Values);

/// <summary>The one training loop, for every stage and every baseline.</summary>
public static class Trainer
{
    private const int LogEvery = 20;

    /// <summary>Trains a stage to its end, or goes on from its checkpoint, and leaves the best weights in it.</summary>
    /// <param name="stage">What is trained.</param>
    /// <param name="options">Seed, checkpoint, log.</param>
    /// <param name="timeProvider">Clock for the checkpoint interval.</param>
    /// <param name="cancellation">Stops after a step; a checkpoint is kept.</param>
    /// <returns>Where the training ended.</returns>
    public static TrainerState Fit(Stage stage, FitOptions options, TimeProvider timeProvider, CancellationToken cancellation)
    {
        DataParallel parallel = stage.Parallel = options.Parallel;
        OptimizationOptions o = stage.Optimization;
        var adam = new AdamOptions { WeightDecay = o.WeightDecay, DecayMatricesOnly = o.Decoupled, Beta2 = o.Beta2 };
        using Optimizer optimizer = o.Decoupled ? new AdamW(stage.Parameters, adam) : new Adam(stage.Parameters, adam);
        using var best = new BestWeights(stage);
        var checkpoint = options.CheckpointPath is string path ? new TrainerCheckpoint(path, stage, options.Identity) : null;
        var state = checkpoint is { Exists: true } ? checkpoint.Load(optimizer, best, options.Watcher.Note) : new TrainerState();
        parallel.Begin(stage, state);
        if (!parallel.IsFirst)
        {
            (checkpoint, options) = (null, options with { Watcher = new Nobody() }); // the checkpoint was only read
        }

        options.Watcher.Begin(stage.Name, state);
        state = state.Step == 0 && stage.MayKeepStart ? MeasureStart(stage, state, best, options.Watcher) : state;
        using GradientReducer? reducer = parallel.Reducer(stage);
        var pace = new Pace(timeProvider);
        long saved = timeProvider.GetTimestamp();
        while (!state.Finished && !(state.Epoch >= options.UntilEpoch))
        {
            stage.BeginEpoch(state.Epoch);
            stage.SetTraining(true);
            while (state.Step < (state.Epoch + 1) * stage.StepsPerEpoch)
            {
                if (Together(() => parallel.AnyBefore(cancellation.IsCancellationRequested)))
                {
                    stage.SetTraining(false);
                    checkpoint?.Save(state, optimizer, best);
                    throw parallel.Interrupted(cancellation);
                }

                TrainerState before = state;
                state = Together(() => MemoryShortage.Named(stage, before, () => TrainStep(stage, optimizer, reducer, before, options, pace)));
                if (checkpoint != null && timeProvider.GetElapsedTime(saved) > options.CheckpointInterval)
                {
                    checkpoint.Save(state, optimizer, best);
                    saved = timeProvider.GetTimestamp();
                }
            }

            stage.SetTraining(false);
            TrainerState trained = state;
            state = Together(() => MemoryShortage.Named(stage, trained, () => EndEpoch(stage, trained, best, options.Watcher)));
            checkpoint?.Save(state, optimizer, best);
            saved = timeProvider.GetTimestamp();
            pace.Restart();
        }

        stage.SetTraining(false);
        best.Restore();
        options.Ended?.Invoke(state);
        return state;

        // A process that is lost leaves the others where the last whole step has brought them, so that nothing done is lost with it.
        T Together<T>(Func<T> part) => parallel.Together(part, () => checkpoint?.Save(state, optimizer, best), () => $"Stage {stage.Name}, step {state.Step}", options.CheckpointPath);
    }

    private static TrainerState TrainStep(Stage stage, Optimizer optimizer, GradientReducer? reducer, TrainerState state, FitOptions options, Pace pace)
    {
        using var scope = TensorScope.Begin();
        Engine.ManualSeed(StepSeed(options.Seed, stage, state.Step));
        int step = state.Step - (state.Epoch * stage.StepsPerEpoch);
        double rate = stage.Optimization.RateAt(state.Step, stage.StepsPerEpoch);
        StepLoss loss = stage.Learn(step, reducer is null ? null : reducer.Begin);
        reducer?.Finish();
        double norm = GradientClipping.ClipNorm(stage.Parameters, stage.Optimization.MaxGradientNorm());
        double value = Divergence.Require(stage, state, loss, norm);
        pace.Add(loss.Tokens);
        if (state.Step % LogEvery == 0)
        {
            Dictionary<string, double> values = Measured(stage, loss, pace);
            values["learningRate"] = rate;
            values["gradientNorm"] = norm;
            options.Watcher.Step(Record(stage, state, values));
        }

        optimizer.Step(rate);
        optimizer.ZeroGrad();
        return state with { Step = state.Step + 1, FirstLoss = state.FirstLoss ?? value };
    }

    /// <summary>Loss, terms and speed, of all processes together.</summary>
    private static Dictionary<string, double> Measured(Stage stage, StepLoss loss, Pace pace)
    {
        var values = loss.Terms.ToDictionary(t => t.Name, t => t.Value.ToDouble());
        values["loss"] = loss.Loss.ToDouble();
        var speed = new Dictionary<string, double>();
        pace.Report(speed);
        if (speed.Remove("tokensPerSecond", out double tokens))
        {
            values["tokensPerSecond"] = tokens;
        }

        values = stage.DividesBatches ? stage.Parallel.Sum(values) : values;
        return speed.Concat(values).ToDictionary();
    }

    /// <summary>Measures once, and gives all processes the first one's figures and weights, which measuring may have prepared for serving.</summary>
    private static IReadOnlyDictionary<string, double> Validate(Stage stage, TrainerState state)
    {
        IReadOnlyDictionary<string, double>? shared = stage.ValidatesTogether ? Divergence.Validate(stage, state) : null;
        IReadOnlyDictionary<string, double> metrics = stage.Parallel.FromFirst(() => shared ?? Divergence.Validate(stage, state));
        stage.Parallel.Align(stage.Parameters);
        return metrics;
    }

    private static TrainerState MeasureStart(Stage stage, TrainerState state, BestWeights best, ITrainingWatcher watcher)
    {
        stage.SetTraining(false);
        IReadOnlyDictionary<string, double> metrics = Validate(stage, state);
        if (metrics.Count > 0)
        {
            watcher.Epoch(Record(stage, state, metrics));
        }

        if (Selection.Value(stage, metrics) is null)
        {
            return state;
        }

        best.Take();
        return Selection.Judge(stage, new TrainerState(), metrics).State;
    }

    private static TrainerState EndEpoch(Stage stage, TrainerState state, BestWeights best, ITrainingWatcher watcher)
    {
        state = state with { Epoch = state.Epoch + 1 };
        IReadOnlyDictionary<string, double> metrics = Validate(stage, state);
        (state, bool isBest) = Selection.Judge(stage, state, metrics);
        if (isBest)
        {
            best.Take();
        }

        watcher.Epoch(Record(stage, state, metrics));
        bool ends = state.Epoch >= stage.Optimization.MaxEpochs || state.EpochsWithoutBetter >= stage.Optimization.Patience;
        return state with { Finished = ends };
    }

    private static TrainingRecord Record(Stage stage, TrainerState state, IReadOnlyDictionary<string, double> values) =>
        new(stage.Name, state.Epoch, state.Step, stage.Optimization.MaxEpochs * stage.StepsPerEpoch, values);

    /// <remarks>Processes that share a batch must not drop the same elements of different rows.</remarks>
    private static long StepSeed(long seed, Stage stage, int step)
    {
        string share = stage.DividesBatches && !stage.Parallel.IsFirst ? $"/{stage.Parallel.Rank}" : "";
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}/{stage.Name}/{step}{share}"));
        return BitConverter.ToInt64(hash) & long.MaxValue;
    }

    private sealed class Nobody : ITrainingWatcher
    {
        public void Step(TrainingRecord record) { }

        public void Epoch(TrainingRecord record) { }
    }
}
