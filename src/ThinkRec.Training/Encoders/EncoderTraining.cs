using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.Torch;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Runs;

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
        void Fit(Stage stage) => Trainer.Fit(stage, fit, timeProvider, cancellation);
        return options.Method switch
        {
            EncoderMethod.Mf => Train(
                new MatrixFactorization(path, options.MatrixFactorization(), dataset.Users.Count, dataset.Items.Count),
                model => Fit(new MatrixFactorizationStage(dataset, model, options.ResolvedOptimization(), fit.Seed)),
                model => new TableEncoder(EncoderMethod.Mf, model, dataset, Trained.Users(dataset), Trained.Items(dataset))),
            EncoderMethod.Lightgcn => TrainLightGcn(dataset, options, path, Fit, fit.Seed),
            EncoderMethod.Sasrec or EncoderMethod.Gsasrec => Train(
                new SasRec(path, options.SasRec(), dataset.Items.Count),
                model => Fit(new SasRecStage(dataset, model, options.Objective(), options.ResolvedOptimization(), fit.Seed, Methods.Of(options.Method))),
                model => new SasRecEncoder(options.Method, model, dataset, Trained.Items(dataset))),
            EncoderMethod.Din => Train(
                new Din(path, options.Din(), dataset.Users.Count, dataset.Items.Count),
                model => Fit(new DinStage(dataset, model, options.ResolvedOptimization(), fit.Seed)),
                model => new DinEncoder(model, dataset, Trained.Users(dataset), Trained.Items(dataset))),
            _ => TrainFeedback(dataset, options, path, Fit, fit.Seed),
        };
    }

    private static ICollaborativeEncoder TrainLightGcn(Dataset dataset, EncoderOptions options, WeightPath path, Action<Stage> fit, long seed)
    {
        using var model = new LightGcn(path, options.LightGcn(), dataset.Users.Count, dataset.Items.Count, [.. LightGcnStage.Likes(dataset)]);
        fit(new LightGcnStage(dataset, model, options.Protocol, options.ResolvedOptimization(dataset.RowsOf(Split.Train).Length), seed));
        return Train(
            new MatrixFactorization(path, options.MatrixFactorization(), dataset.Users.Count, dataset.Items.Count),
            model.CopyTo,
            tables => new TableEncoder(EncoderMethod.Lightgcn, tables, dataset, Trained.Users(dataset), Trained.Items(dataset)));
    }

    private static ICollaborativeEncoder TrainFeedback(Dataset dataset, EncoderOptions options, WeightPath path, Action<Stage> fit, long seed)
    {
        var words = ItemWords.Collect(dataset.ItemTexts);
        var properties = new ItemProperties(words, dataset.ItemTexts);
        Dataset log = dataset.WithEarlierRows();
        var statistics = ItemStatistics.Fit(log);
        bool[] items = Trained.Items(log);
        return Train(
            new FeedbackSasRec(path, options.FeedbackSasRec(), words, properties, items),
            model => fit(new FeedbackSasRecStage(log, model, statistics, properties, options.ResolvedOptimization(), seed, dataset.EarlierRows.Length, options.RankWeight)),
            model => new FeedbackSasRecEncoder(model, words, properties, statistics, dataset, items));
    }

    private static ICollaborativeEncoder Train<TModel>(TModel model, Action<TModel> fit, Func<TModel, ICollaborativeEncoder> wrap) where TModel : Module
    {
        try
        {
            fit(model);
            return wrap(model);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
