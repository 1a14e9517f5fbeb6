using ThinkRec.Training.Configuration;

namespace ThinkRec.Training.Tests.Configuration;

internal enum Encoder
{
    Mf,
    LightGcn,
}

internal sealed record Recipe : IValidated
{
    public string Name { get; init; } = "demo";

    public Encoder Encoder { get; init; }

    public long Seed { get; init; } = 1;

    public Schedule Schedule { get; init; } = new();

    public IReadOnlyList<int> Ranks { get; init; } = [];

    public bool Resume { get; init; }

    public float? Ratio { get; init; } = 0.5f;

    public Stage[] Stages { get; init; } = [];

    public IEnumerable<string> Problems() => Name.Length > 0 ? [] : ["name must not be empty"];
}

internal sealed record Schedule : IValidated
{
    public double LearningRate { get; init; } = 1e-5;

    public int WarmupSteps { get; init; }

    public IEnumerable<string> Problems() =>
        LearningRate > 0 ? [] : [$"learningRate must be above 0 but is {LearningRate}"];
}

internal sealed record Stage : IValidated
{
    public required int Epochs { get; init; }

    public IReadOnlyList<string> Targets { get; init; } = [];

    public IEnumerable<string> Problems() => Epochs >= 1 ? [] : [$"epochs must be at least 1 but is {Epochs}"];
}
