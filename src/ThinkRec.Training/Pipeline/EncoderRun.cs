using System.Diagnostics;
using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Models.Reasoning;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Encoders;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Runs;

namespace ThinkRec.Training.Pipeline;

/// <summary>Everything about one training of a collaborative baseline, as its YAML file says it.</summary>
public sealed record EncoderRunConfig : IValidated
{
    /// <summary>Seed of everything random.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>The encoder; the command line's method decides which.</summary>
    public EncoderOptions Encoder { get; init; } = new();

    /// <summary>Folds of users, each with an encoder trained without them, for vectors of training examples; 0 for none.</summary>
    public int Folds { get; init; }

    /// <summary>Seconds between checkpoints inside an epoch; 0 for one after every step.</summary>
    public int CheckpointSeconds { get; init; } = 60;

    /// <inheritdoc/>
    public IEnumerable<string> Problems()
    {
        foreach (string problem in EncoderFolds.Problems(Folds))
        {
            yield return problem;
        }

        if (CheckpointSeconds < 0)
        {
            yield return $"checkpointSeconds is {CheckpointSeconds}, expected at least 0";
        }
    }
}

/// <summary>Trains a collaborative baseline as a run of its own.</summary>
public static class EncoderRun
{
    private const string StageName = "encoder";

    /// <summary>Trains the encoder unless that has been done.</summary>
    /// <param name="run">The run.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="config">All settings.</param>
    /// <param name="cancellation">Stops after a step; a checkpoint is kept.</param>
    /// <param name="untilEpoch">Pauses once so many epochs are done, with a checkpoint to go on from; null trains to the end.</param>
    /// <returns>How it ended, or where it paused.</returns>
    public static StageResult Train(RunDirectory run, Dataset dataset, EncoderRunConfig config, CancellationToken cancellation, int? untilEpoch = null)
    {
        var runner = new StageRunner(run, config.Seed, TimeSpan.FromSeconds(config.CheckpointSeconds), cancellation);
        StageResult result = run.Result(StageName) ?? runner.WithRoom(StageName, () => TrainWhole(runner, dataset, config, untilEpoch, cancellation));
        if (run.Result(StageName) != null)
        {
            EncoderFolds.Train(runner, dataset, config.Encoder, config.Folds);
        }

        return result;
    }

    private static StageResult TrainWhole(StageRunner runner, Dataset dataset, EncoderRunConfig config, int? untilEpoch, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var watch = Stopwatch.StartNew();
        var state = new TrainerState();
        FitOptions fit = runner.FitOptions(StageName) with { UntilEpoch = untilEpoch, Ended = ended => state = ended };
        using ICollaborativeEncoder trained = EncoderTraining.Train(dataset, config.Encoder, fit, TimeProvider.System, cancellation);
        var result = new StageResult(StageName, state.BestEpoch, state.Epoch, Math.Round(watch.Elapsed.TotalSeconds, 1), state.BestMetrics);
        if (state.Finished)
        {
            runner.Save(() => EncoderFolder.Save(trained, dataset, runner.Run.PathOf("encoder")));
            runner.Run.Complete(result);
        }

        return result;
    }
}
