namespace ThinkRec.Training.Tests.Encoders;

/// <summary>Classes that compare trainings bit by bit run alone, because dropout draws from a generator of the whole process.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SeededEngine
{
    /// <summary>Name of the collection.</summary>
    public const string Name = "seeded engine";
}
