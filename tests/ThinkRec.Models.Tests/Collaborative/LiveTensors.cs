namespace ThinkRec.Models.Tests.Collaborative;

/// <summary>Classes that count live tensors run alone, because the count is the whole process's.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class LiveTensors
{
    /// <summary>Name of the collection.</summary>
    public const string Name = "live tensors of collaborative models";
}
