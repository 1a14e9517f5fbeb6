using System.Globalization;
using ThinkRec.Torch;

namespace ThinkRec.GpuCheck;

/// <summary>Holds both sides' logits against each other.</summary>
internal static class ParityChecks
{
    /// <summary>Name of the other side's results file.</summary>
    internal const string TheirFile = "parity.theirs.json";

    /// <summary>Single precision through a whole decoder, relative to the largest logit.</summary>
    private const double Tolerance = 1e-4;

    /// <summary>BFloat16 on both sides: each may be off by the type's eight bits, and rounds in another order.</summary>
    private const double HalfTolerance = 0.08;

    /// <summary>The same on average. PyTorch's own BFloat16 is off by 0.03 from single precision on models this small.</summary>
    private const double HalfAverageTolerance = 0.04;

    /// <summary>All checks of parity.</summary>
    /// <param name="ours">Our results; null when the step left none.</param>
    /// <param name="theirs">Theirs; null when the step left none.</param>
    /// <param name="missing">Why one side's are missing altogether.</param>
    /// <returns>One check for each case and what it is held against, and one for its cache.</returns>
    internal static IEnumerable<Check> Of(ParityResults? ours, ParityResults? theirs, string missing)
    {
        foreach (ParityCase one in ParityCase.All)
        {
            string part = one.Adapter is null ? "families" : "adapters";
            foreach (string against in one.Against)
            {
                yield return Compare(part, one, against, ours, theirs, missing);
            }

            if (ours?.Cached.TryGetValue(one.Name, out double off) == true)
            {
                double allowed = one.DType == DType.Float32 ? Tolerance : HalfTolerance;
                yield return new Check(part, one.Name, "itself without a cache", off <= allowed ? CheckState.Passed : CheckState.Failed, Show(off, allowed));
            }
        }
    }

    private static Check Compare(string part, ParityCase one, string against, ParityResults? ours, ParityResults? theirs, string missing)
    {
        if (Message(ours?.Failed, ParityPass.Side, one.Name) is string broken)
        {
            return Check.Broken(part, one.Name, against, $"ours: {broken}");
        }

        if (Message(theirs?.Failed, against, one.Name) is string failed)
        {
            return Check.Broken(part, one.Name, against, failed);
        }

        string? why = ours is null || theirs is null ? missing : Message(theirs.NotRun, against, one.Name);
        if (why is not null)
        {
            return Check.Without(part, one.Name, against, why);
        }

        float[]? expected = theirs!.Logits.GetValueOrDefault(against)?.GetValueOrDefault(one.Name);
        float[]? found = ours!.Logits.GetValueOrDefault(ParityPass.Side)?.GetValueOrDefault(one.Name);
        return expected is null || found is null
            ? Check.Broken(part, one.Name, against, $"no logits of {(found is null ? "ours" : "theirs")}, and no reason given; look at the logs")
            : Judge(part, one, against, Difference.Between(expected, found));
    }

    private static Check Judge(string part, ParityCase one, string against, Difference off)
    {
        bool isHalf = one.DType != DType.Float32;
        bool isClose = off.Largest <= (isHalf ? HalfTolerance : Tolerance) && (!isHalf || off.Average <= HalfAverageTolerance);
        string detail = isHalf ? $"{Show(off.Largest, HalfTolerance)}; average {Show(off.Average, HalfAverageTolerance)}" : Show(off.Largest, Tolerance);
        return new Check(part, one.Name, against, isClose ? CheckState.Passed : CheckState.Failed, detail);
    }

    /// <summary>What is said of a case, or of everything that this would have computed.</summary>
    private static string? Message(SortedDictionary<string, string>? messages, string side, string name) =>
        messages?.GetValueOrDefault($"{side}/{name}") ?? messages?.GetValueOrDefault(side);

    private static string Show(double off, double allowed) => string.Create(CultureInfo.InvariantCulture, $"off by {off:0.0e+0}, {allowed:0.0e+0} allowed");
}
