using System.Globalization;

namespace ThinkRec.GpuCheck;

/// <summary>Both sides' speed beside each other.</summary>
/// <param name="Ours">Our results; null when the step left none.</param>
/// <param name="Theirs">Theirs; null when the step left none.</param>
internal sealed record SpeedTable(SpeedResults? Ours, SpeedResults? Theirs)
{
    /// <summary>Name of the other side's results file.</summary>
    internal const string TheirFile = "speed.theirs.json";

    private const string Against = "transformers and peft";

    private static readonly string[] Names = ["prefill", "generation", "training"];

    /// <summary>The machine's product of matrices, in FLOP per second: the better of both sides' measurements, 0 for none.</summary>
    internal double Roof => Math.Max(Ours?.Numbers.GetValueOrDefault("gemm") ?? 0, Theirs?.Numbers.GetValueOrDefault("gemm") ?? 0);

    /// <summary>Rows of figures.</summary>
    internal IEnumerable<SpeedRow> Rows => Names.Select(name => new SpeedRow(
        name, Number(Ours, name), Number(Theirs, name), Ours?.Flops.GetValueOrDefault(name) ?? 0, Roof));

    /// <summary>What was and was not measured, and whether training learns.</summary>
    /// <param name="oursMissing">Why our results are missing altogether.</param>
    /// <param name="theirsMissing">Why theirs are.</param>
    internal IEnumerable<Check> Checks(string oursMissing, string theirsMissing)
    {
        foreach (SpeedRow row in Rows)
        {
            yield return Of(row, Ours is null ? oursMissing : theirsMissing);
        }

        yield return Learns("ours", Ours, oursMissing);
        yield return Learns("theirs", Theirs, theirsMissing);
    }

    private Check Of(SpeedRow row, string missing)
    {
        if (Message(Ours?.Failed, row.Name) is string broken)
        {
            return Check.Broken("speed", row.Name, Against, $"ours: {broken}");
        }

        if (Message(Theirs?.Failed, row.Name) is string failed)
        {
            return Check.Broken("speed", row.Name, Against, failed);
        }

        return row is { Ours: double ours, Theirs: double theirs }
            ? new Check("speed", row.Name, Against, CheckState.Passed, string.Create(CultureInfo.InvariantCulture, $"measured, {ours / theirs:0.00} times theirs"))
            : Check.Without("speed", row.Name, Against, Ours is null || Theirs is null ? missing : Message(Theirs.NotRun, row.Name) ?? "theirs was not measured");
    }

    private static Check Learns(string side, SpeedResults? results, string missing)
    {
        const string Name = "training lowers the loss";
        return results switch
        {
            null => Check.Without("speed", Name, side, missing),
            _ when Message(results.Failed, "training") is string failed => Check.Broken("speed", Name, side, failed),
            { Losses.Count: < 2 } => Check.Without("speed", Name, side, Message(results.NotRun, "training") ?? "no steps were taken"),
            { Losses: var losses } => new Check("speed", Name, side, losses[^1] < losses[0] ? CheckState.Passed : CheckState.Failed,
                string.Create(CultureInfo.InvariantCulture, $"{losses[0]:0.0000} to {losses[^1]:0.0000} in {losses.Count} steps")),
        };
    }

    private static double? Number(SpeedResults? results, string name) => results?.Numbers.TryGetValue(name, out double value) == true && value > 0 ? value : null;

    /// <summary>What is said of one measurement, or of the model that all need.</summary>
    private static string? Message(SortedDictionary<string, string>? messages, string name) =>
        messages?.GetValueOrDefault(name) ?? messages?.GetValueOrDefault("model");
}

/// <summary>One measurement of both sides, in tokens per second.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Ours">Our speed; null for none.</param>
/// <param name="Theirs">Theirs; null for none.</param>
/// <param name="Flops">Operations that a token needs.</param>
/// <param name="Roof">Operations per second of the machine's product of matrices.</param>
internal sealed record SpeedRow(string Name, double? Ours, double? Theirs, double Flops, double Roof)
{
    /// <summary>Ours over theirs.</summary>
    public double? Ratio => Ours / Theirs;

    /// <summary>Our model FLOP utilisation: of the measured product of matrices.</summary>
    public double? OurShare => Roof > 0 ? Ours * Flops / Roof : null;

    /// <summary>Theirs.</summary>
    public double? TheirShare => Roof > 0 ? Theirs * Flops / Roof : null;
}
