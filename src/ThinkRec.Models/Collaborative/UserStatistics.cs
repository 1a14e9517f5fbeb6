using ThinkRec.Data;

namespace ThinkRec.Models.Collaborative;

/// <summary>What a user's labels alone say at each moment: how much kinder or harder than others the user has been, lately and over all.</summary>
/// <remarks>A residual is a label less the item's share of likes. Everything at place t comes from the t events before it.</remarks>
public static class UserStatistics
{
    /// <summary>Numbers of a user: residuals decayed at four half-lives, of the last session, the plain share of likes, the logarithm of the count.</summary>
    public const int Count = 7;

    /// <summary>What the numbers are worth as a logit before anything is learnt.</summary>
    internal static readonly float[] Prior = [0, 0.5f, 0.5f, 0, 0, 0, 0];

    private const double Scale = 4; // a share near one half, as a logit
    private const long SessionGap = 3600;
    private static readonly double[] Decays = [.. new[] { 3.0, 10, 30, 100 }.Select(halfLife => Math.Pow(0.5, 1 / halfLife))];

    /// <summary>Fills the numbers of every place of a sequence.</summary>
    /// <param name="dataset">What the rows belong to.</param>
    /// <param name="rows">Row numbers, oldest first.</param>
    /// <param name="statistics">The items' statistics.</param>
    /// <param name="target">(rows + 1) · <see cref="Count"/> numbers: at the start, and after each row.</param>
    public static void Fill(Dataset dataset, int[] rows, ItemStatistics statistics, Span<float> target)
    {
        Span<double> sums = stackalloc double[Decays.Length];
        Span<double> weights = stackalloc double[Decays.Length];
        double session = 0;
        int inSession = 0;
        int likes = 0;
        for (int t = 0; t <= rows.Length; t++)
        {
            Span<float> numbers = target.Slice(t * Count, Count);
            for (int i = 0; i < Decays.Length; i++)
            {
                numbers[i] = (float)(Scale * sums[i] / (weights[i] + 2));
            }

            numbers[Decays.Length] = (float)(Scale * session / (inSession + 2));
            numbers[Decays.Length + 1] = (float)(Scale * (likes - (statistics.Mean * t)) / (t + 5));
            numbers[Decays.Length + 2] = (float)(Math.Log(1 + t) / 4);
            if (t == rows.Length)
            {
                return;
            }

            Interaction row = dataset.Interactions[rows[t]];
            double residual = (row.Label ? 1 : 0) - statistics.ShareAsOf(rows[t]);
            for (int i = 0; i < Decays.Length; i++)
            {
                sums[i] = (sums[i] * Decays[i]) + residual;
                weights[i] = (weights[i] * Decays[i]) + 1;
            }

            bool goesOn = t > 0 && row.Timestamp - dataset.Interactions[rows[t - 1]].Timestamp < SessionGap;
            (session, inSession) = goesOn ? (session + residual, inSession + 1) : (residual, 1);
            likes += row.Label ? 1 : 0;
        }
    }
}
