using System.Diagnostics;
using ThinkRec.Files;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Runs;

/// <summary>Runs stages inside a run: skips what has ended, goes on from checkpoints, saves products before marking the end.</summary>
/// <param name="run">The run.</param>
/// <param name="seed">Seed of everything random.</param>
/// <param name="checkpointInterval">Time between checkpoints inside an epoch.</param>
/// <param name="cancellation">Stops after a step; a checkpoint is kept.</param>
public sealed class StageRunner(RunDirectory run, long seed, TimeSpan checkpointInterval, CancellationToken cancellation)
{
    /// <summary>The run.</summary>
    public RunDirectory Run => run;

    /// <summary>Seed of everything random.</summary>
    public long Seed => seed;

    /// <summary>Where language models are trained. Encoders are trained in main memory.</summary>
    public Device Device { get; init; } = Device.Cpu;

    /// <summary>Stops the work.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>A stage that pauses once so many epochs are done, with a checkpoint to go on from; null trains all to their end.</summary>
    internal (string Stage, int Epochs)? Pause { get; init; }

    /// <summary>Where the stage paused; null when it has not.</summary>
    internal StageResult? Paused { get; private set; }

    /// <summary>Settings for a training inside this run.</summary>
    /// <param name="stage">Stage name.</param>
    /// <returns>The settings.</returns>
    public FitOptions FitOptions(string stage) => new(seed, run.CheckpointPath(stage), run.Card.Identity, checkpointInterval, run) { Parallel = run.Parallel };

    /// <summary>Writes something in the first of the processes that train together; the others find it there once they have waited for it, as <see cref="RunDirectory.Complete"/> does.</summary>
    /// <param name="write">Writes it.</param>
    public void Save(Action write)
    {
        if (run.Parallel.IsFirst)
        {
            write();
        }
    }

    /// <summary>Trains a stage, saves its product, and marks the end, unless it pauses before.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="save">Writes the product; called with the best weights in place.</param>
    /// <returns>How it ended, or where it paused.</returns>
    public StageResult Fit(Stage stage, Action save) => WithRoom(stage.Name, () =>
    {
        var watch = Stopwatch.StartNew();
        FitOptions options = FitOptions(stage.Name) with { UntilEpoch = Pause?.Stage == stage.Name ? Pause?.Epochs : null };
        TrainerState state = Trainer.Fit(stage, options, TimeProvider.System, cancellation);
        var result = new StageResult(stage.Name, state.BestEpoch, state.Epoch, Math.Round(watch.Elapsed.TotalSeconds, 1), state.BestMetrics);
        if (!state.Finished)
        {
            Paused = result;
            return result;
        }

        Save(save);
        run.Complete(result);
        return result;
    });

    /// <summary>Does a piece of work unless it has been done.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="work">Does it and saves its product.</param>
    /// <param name="together">Whether the processes that train together all do it, since it trains; else the first does it, and the others wait.</param>
    public void Once(string name, Action work, bool together = false) => Once(
        name,
        () =>
        {
            work();
            return new Dictionary<string, double>();
        },
        together);

    /// <summary>Does a piece of work that measures something unless it has been done.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="work">Does it, saves its product if there is one, and gives what was measured, by name.</param>
    /// <param name="together">As for the other.</param>
    public void Once(string name, Func<IReadOnlyDictionary<string, double>> work, bool together = false)
    {
        cancellation.ThrowIfCancellationRequested();
        if (run.Result(name) is null)
        {
            var watch = Stopwatch.StartNew();
            WithRoom(name, () =>
            {
                IReadOnlyDictionary<string, double> measured = together || run.Parallel.IsFirst ? work() : new Dictionary<string, double>();
                var result = new StageResult(name, 0, 0, Math.Round(watch.Elapsed.TotalSeconds, 1), measured);
                run.Complete(result);
                return result;
            });
        }
    }

    /// <summary>Does a stage's work; a disk that gets full in it is reported with what that means for the run.</summary>
    /// <param name="stage">Stage name.</param>
    /// <param name="work">Trains and writes.</param>
    /// <returns>What the work gives.</returns>
    /// <exception cref="DiskFullException">There is no room for a checkpoint, the product, or the log.</exception>
    internal StageResult WithRoom(string stage, Func<StageResult> work)
    {
        try
        {
            return work();
        }
        catch (Exception exception) when (DiskFullException.IsMeantBy(exception))
        {
            string what = exception is DiskFullException ? exception.Message : $"{exception.Message.TrimEnd('.')}: the disk is full. Free some space, or write to another disk.";
            throw new DiskFullException($"Stage {stage}: {what} Then go on with --resume; {run.Folder} may be moved to the other disk.", exception);
        }
    }
}
