using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Encoders;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Runs;
using ThinkRec.Training.Stages;

namespace ThinkRec.Training.Pipeline;

/// <summary>Trains, keeps and loads encoders that each do not know the users of one fold.</summary>
public static class EncoderFolds
{
    private const int Most = 20;
    private const int MeasuredRows = 50_000;

    /// <summary>Loads an encoder, with those of its folds where there are to be some.</summary>
    /// <param name="folder">The encoder's folder.</param>
    /// <param name="run">Folder of the run that has the encoders of the folds.</param>
    /// <param name="dataset">The dataset it is to serve.</param>
    /// <param name="count">Folds; 0 for the encoder alone.</param>
    /// <returns>The encoder, owned by the caller.</returns>
    /// <exception cref="CheckpointException">A file is missing or damaged, or the run has no such folds.</exception>
    public static ICollaborativeEncoder Load(string folder, string run, Dataset dataset, int count)
    {
        var loaded = new List<ICollaborativeEncoder>();
        try
        {
            loaded.Add(EncoderFolder.Load(folder, dataset));
            if (count == 0)
            {
                return loaded[0];
            }

            for (int fold = 0; fold < count; fold++)
            {
                string path = Path.Combine(run, Name(count, fold));
                loaded.Add(Directory.Exists(path) ? EncoderFolder.Load(path, UserFolds.Without(dataset, count, fold))
                    : throw new CheckpointException($"{path} is not there: the run has no encoders of {count} folds. Train it with folds: {count} (encoder.folds in one of {Methods.ThinkRec}), or set encoder.folds to 0."));
                if (loaded[^1].VectorSize != loaded[0].VectorSize || loaded[^1].Name != loaded[0].Name)
                {
                    throw new CheckpointException($"{path}: expected an encoder '{loaded[0].Name}' of {loaded[0].VectorSize} numbers, as the one trained on all, but found '{loaded[^1].Name}' of {loaded[^1].VectorSize}. Train the run again.");
                }
            }

            return new OutOfFoldEncoder(dataset, loaded[0], loaded[1..]);
        }
        catch
        {
            loaded.ForEach(encoder => encoder.Dispose());
            throw;
        }
    }

    /// <summary>Trains an encoder for each fold, with the settings of the one trained on all, and measures what that changes. Each can be resumed.</summary>
    /// <param name="runner">The run, which has the encoder.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="options">Which encoder, and how.</param>
    /// <param name="count">Folds; 0 does nothing.</param>
    internal static void Train(StageRunner runner, Dataset dataset, EncoderOptions options, int count)
    {
        for (int fold = 0; fold < count; fold++)
        {
            string stage = $"encoder-fold-{fold}";
            string folder = runner.Run.PathOf(Name(count, fold));
            Dataset others = UserFolds.Without(dataset, count, fold);
            runner.Once(stage, () =>
            {
                FitOptions fit = runner.FitOptions(stage);
                using ICollaborativeEncoder trained = EncoderTraining.Train(
                    others, options, fit with { Watcher = new FoldWatcher(fit.Watcher, stage) }, TimeProvider.System, runner.Cancellation);
                runner.Save(() => EncoderFolder.Save(trained, others, folder));
            }, together: true);
        }

        if (count > 0)
        {
            runner.Once("out-of-fold", () => Measure(runner, dataset, count));
        }
    }

    /// <summary>What keeps a number of folds from being used.</summary>
    internal static IEnumerable<string> Problems(int count) => count is 0 or (>= 2 and <= Most) ? [] : [$"folds is {count}, expected 0 or 2 to {Most}"];

    /// <summary>Refuses an encoder that has no vectors for users it was not trained on.</summary>
    /// <param name="count">Folds; 0 refuses nothing.</param>
    /// <param name="options">The encoder.</param>
    /// <exception cref="ConfigurationException">It is a table without fold-in.</exception>
    public static void Require(int count, EncoderOptions options)
    {
        if (count > 0 && !options.FoldIn && options.Method is EncoderMethod.Mf or EncoderMethod.Lightgcn)
        {
            throw new ConfigurationException("the encoder's folds", ["foldIn is false, so that all users outside the training of a fold's encoder would have one vector; set foldIn to true, or folds to 0"]);
        }
    }

    // How well the dot product of the vectors ranks the rows that the whole encoder was trained on.
    private static Dictionary<string, double> Measure(StageRunner runner, Dataset dataset, int count)
    {
        using ICollaborativeEncoder encoder = Load(runner.Run.PathOf("encoder"), runner.Run.Folder, dataset, count);
        int[] rows = WholeUsers(dataset, runner.Seed);
        var measured = new Dictionary<string, double>();
        foreach ((string name, bool outOfFold) in new[] { ("inSample", false), ("outOfFold", true) })
        {
            foreach ((string metric, double value) in ValidationSet.Metrics(dataset, rows, EncoderScorer.Score(encoder, dataset, rows, outOfFold)))
            {
                measured[$"{name}{char.ToUpperInvariant(metric[0])}{metric[1..]}"] = value;
            }
        }

        return measured;
    }

    // All training rows, or of a large dataset those of users drawn by the seed.
    private static int[] WholeUsers(Dataset dataset, long seed)
    {
        int[][] users = [.. dataset.RowsOf(Split.Train).GroupBy(row => dataset.Interactions[row].User).OrderBy(g => g.Key).Select(g => g.ToArray())];
        SeededRandom.Stream(seed, "out-of-fold").Shuffle(users.AsSpan());
        var rows = new List<int>();
        foreach (int[] user in users.TakeWhile(_ => rows.Count < MeasuredRows))
        {
            rows.AddRange(user);
        }

        return [.. rows];
    }

    /// <summary>Folder of a fold's encoder, below the run.</summary>
    internal static string Name(int count, int fold) => $"encoder-folds-{count}/{fold}";

    /// <summary>Tells of a training under the name of its fold.</summary>
    private sealed class FoldWatcher(ITrainingWatcher watcher, string name) : ITrainingWatcher
    {
        public void Step(TrainingRecord record) => watcher.Step(record with { Stage = name });

        public void Epoch(TrainingRecord record) => watcher.Epoch(record with { Stage = name });

        public void Begin(string stage, TrainerState state) => watcher.Begin(name, state);

        public void Note(string text) => watcher.Note(text);
    }
}
