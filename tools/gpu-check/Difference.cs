namespace ThinkRec.GpuCheck;

/// <summary>How far numbers are from the expected ones.</summary>
/// <param name="Largest">The largest difference over the largest expected magnitude.</param>
/// <param name="Average">The root mean square of the differences over that of the expected numbers.</param>
internal readonly record struct Difference(double Largest, double Average)
{
    /// <summary>Compares.</summary>
    /// <param name="expected">What should be.</param>
    /// <param name="found">What is.</param>
    /// <returns>Not-a-number where the lengths differ or a number is none, which is within no tolerance.</returns>
    internal static Difference Between(float[] expected, float[] found)
    {
        if (expected.Length != found.Length || expected.Length == 0 || !expected.Concat(found).All(float.IsFinite))
        {
            return new Difference(double.NaN, double.NaN);
        }

        double[] off = [.. expected.Zip(found, (e, f) => Math.Abs((double)e - f))];
        return new Difference(off.Max() / expected.Max(Math.Abs), Math.Sqrt(off.Sum(o => o * o) / expected.Sum(e => (double)e * e)));
    }
}
