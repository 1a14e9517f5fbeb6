using ThinkRec.Training.Configuration;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Runs;

namespace ThinkRec.Training.Search;

/// <summary>How the trials of a search are trained.</summary>
/// <typeparam name="TConfig">Settings of a run.</typeparam>
public abstract class TrialTraining<TConfig>
    where TConfig : class
{
    /// <summary>The method of all trials.</summary>
    internal abstract string Method { get; }

    /// <summary>The stage that trials end with; null for all.</summary>
    internal virtual string? LastStage => null;

    /// <summary>Refuses plans that this method cannot carry out.</summary>
    /// <exception cref="ConfigurationException">Names what does not fit.</exception>
    internal virtual void Require(SearchPlan<TConfig> plan) { }

    /// <summary>Takes over from other trials what would be trained again just the same.</summary>
    /// <param name="run">The trial's run.</param>
    /// <param name="trial">The trial.</param>
    /// <param name="others">Other trials and their folders, which need not exist.</param>
    internal virtual void TakeOver(RunDirectory run, SearchTrial<TConfig> trial, IEnumerable<(string Folder, SearchTrial<TConfig> Trial)> others) { }

    /// <summary>Trains a trial, or goes on with it.</summary>
    /// <param name="run">The trial's run.</param>
    /// <param name="trial">The trial.</param>
    /// <param name="untilEpoch">Pauses once so many epochs of the last stage are done; null trains to the end.</param>
    /// <param name="cancellation">Stops after a step; a checkpoint is kept.</param>
    /// <returns>Time spent, and the figures on validation rows.</returns>
    /// <exception cref="TrainingException">The training diverged.</exception>
    internal abstract StageResult Train(RunDirectory run, SearchTrial<TConfig> trial, int? untilEpoch, CancellationToken cancellation);
}
