using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Models.Reasoning;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Encoders;
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

    /// <summary>Seconds between checkpoints inside an epoch.</summary>
    public int CheckpointSeconds { get; init; } = 60;

    /// <inheritdoc/>
    public IEnumerable<string> Problems()
    {
        foreach (string problem in EncoderFolds.Problems(Folds))
        {
            yield return problem;
        }

        if (CheckpointSeconds < 1)
        {
            yield return $"checkpointSeconds is {CheckpointSeconds}, expected at least 1";
        }
    }
}

/// <summary>Trains a collaborative baseline as a run of its own.</summary>
public static class EncoderRun
{
    /// <summary>Trains the encoder unless that has been done.</summary>
    /// <param name="run">The run.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="config">All settings.</param>
    /// <param name="cancellation">Stops after a step; a checkpoint is kept.</param>
    public static void Train(RunDirectory run, Dataset dataset, EncoderRunConfig config, CancellationToken cancellation)
    {
        var runner = new StageRunner(run, config.Seed, TimeSpan.FromSeconds(config.CheckpointSeconds), cancellation);
        runner.Once("encoder", () =>
        {
            using ICollaborativeEncoder trained = EncoderTraining.Train(dataset, config.Encoder, runner.FitOptions("encoder"), TimeProvider.System, cancellation);
            EncoderFolder.Save(trained, dataset, run.PathOf("encoder"));
        });
        EncoderFolds.Train(runner, dataset, config.Encoder, config.Folds);
    }
}
