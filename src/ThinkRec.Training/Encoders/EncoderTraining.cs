using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.Torch;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Encoders;

/// <summary>Trains collaborative encoders.</summary>
public static class EncoderTraining
{
    /// <summary>Trains an encoder, or goes on from its checkpoint, and gives the one of the best validation.</summary>
    /// <param name="dataset">What it learns from.</param>
    /// <param name="options">Which encoder, and how.</param>
    /// <param name="fit">Seed, checkpoint, log.</param>
    /// <param name="timeProvider">Clock for the checkpoint interval.</param>
    /// <param name="cancellation">Stops after a step; a checkpoint is kept.</param>
    /// <returns>The encoder, owned by the caller.</returns>
    /// <exception cref="ConfigurationException">The options cannot be met; names all problems.</exception>
    public static ICollaborativeEncoder Train(
        Dataset dataset, EncoderOptions options, FitOptions fit, TimeProvider timeProvider, CancellationToken cancellation)
    {
        string[] problems = [.. options.Problems(), .. options.ResolvedOptimization().Problems().Select(p => $"optimization.{p}")];
        if (problems.Length > 0)
        {
            throw new ConfigurationException("The encoder's options", problems);
        }

        using var generator = new Generator((long)(SeededRandom.Stream(fit.Seed, "encoder/init").NextUInt64() >> 1));
        var path = new WeightPath(new FreshWeights(generator));
        return options.Method == EncoderMethod.Mf
            ? TrainMf(dataset, options, path, stage => Trainer.Fit(stage, fit, timeProvider, cancellation), fit.Seed)
            : TrainSasRec(dataset, options, path, stage => Trainer.Fit(stage, fit, timeProvider, cancellation), fit.Seed);
    }

    private static MfEncoder TrainMf(Dataset dataset, EncoderOptions options, WeightPath path, Action<Stage> train, long seed)
    {
        var model = new MatrixFactorization(path, options.MatrixFactorization(), dataset.Users.Count, dataset.Items.Count);
        try
        {
            var stage = new MatrixFactorizationStage(dataset, model, options.ResolvedOptimization(), seed);
            train(stage);
            return new MfEncoder(model, stage.TrainedUsers, stage.TrainedItems);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static SasRecEncoder TrainSasRec(Dataset dataset, EncoderOptions options, WeightPath path, Action<Stage> train, long seed)
    {
        var model = new SasRec(path, options.SasRec(), dataset.Items.Count);
        try
        {
            var stage = new SasRecStage(dataset, model, options.ResolvedOptimization(), seed);
            train(stage);
            return new SasRecEncoder(model, dataset, stage.TrainedItems);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
