using System.Globalization;
using ThinkRec.Data;

namespace ThinkRec.Bench.Encoders;

/// <summary>A log of any size, for measuring: popularity and activity fall off by a power law, tastes have a few factors. It is no test of quality.</summary>
internal static class MadeUpLog
{
    private const int Factors = 4;
    private const double ItemExponent = 0.8;
    private const double UserExponent = 0.5;
    private const double ValidShare = 0.1; // on top of the training rows
    private static readonly string[] Words = ["amber", "birch", "cobalt", "dune", "ember", "fjord", "glade", "heath"];

    /// <summary>Generates and writes it as a prepared dataset.</summary>
    /// <param name="folder">The new folder.</param>
    /// <param name="numUsers">Users, each with a training row or more on average.</param>
    /// <param name="numItems">Items.</param>
    /// <param name="trainRows">Training rows; a tenth as many follow for validation.</param>
    /// <returns>The exit status.</returns>
    internal static int Write(string folder, int numUsers, int numItems, int trainRows)
    {
        var random = SeededRandom.Stream(1, "made-up log");
        double[] users = Cumulative(random, numUsers, UserExponent), items = Cumulative(random, numItems, ItemExponent);
        float[] wants = Gaussians(random, numUsers * Factors), has = Gaussians(random, numItems * Factors);
        var rows = new Interaction[trainRows + (int)(trainRows * ValidShare)];
        for (int row = 0; row < rows.Length; row++)
        {
            int user = Draw(random, users), item = Draw(random, items);
            double utility = 0.5;
            for (int factor = 0; factor < Factors; factor++)
            {
                utility += wants[(user * Factors) + factor] * has[(item * Factors) + factor];
            }

            bool isLiked = random.NextDouble() < 1 / (1 + Math.Exp(-utility));
            rows[row] = new Interaction(user + 1, item + 1, isLiked ? 5 : 2, isLiked, 1_000_000_000L + (row * 60L), row < trainRows ? Split.Train : Split.Valid);
        }

        new Dataset
        {
            Card = new DatasetCard { Name = "made-up", ItemNoun = "item", ItemNounPlural = "items", Source = "bench/encoders", Created = "bench/encoders", PositiveFrom = 4 },
            Users = new IdMap(Enumerable.Range(1, numUsers).Select(u => u.ToString(CultureInfo.InvariantCulture))),
            Items = new IdMap(Enumerable.Range(1, numItems).Select(i => i.ToString(CultureInfo.InvariantCulture))),
            ItemTexts = [ItemText.Empty, .. Enumerable.Range(0, numItems).Select(item => Text(has.AsSpan(item * Factors, Factors)))],
            Interactions = rows,
        }.Save(folder);
        return 0;
    }

    /// <summary>Sums of rank^-exponent over places in random order.</summary>
    private static double[] Cumulative(SeededRandom random, int count, double exponent)
    {
        double[] weights = [.. Enumerable.Range(1, count).Select(rank => Math.Pow(rank, -exponent))];
        random.Shuffle(weights.AsSpan());
        for (int i = 1; i < count; i++)
        {
            weights[i] += weights[i - 1];
        }

        return weights;
    }

    private static int Draw(SeededRandom random, double[] cumulative)
    {
        int place = Array.BinarySearch(cumulative, random.NextDouble() * cumulative[^1]);
        return Math.Min(place < 0 ? ~place : place, cumulative.Length - 1);
    }

    private static float[] Gaussians(SeededRandom random, int count)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (float)random.NextGaussian();
        }

        return values;
    }

    private static ItemText Text(ReadOnlySpan<float> factors)
    {
        var words = new string[Factors];
        for (int factor = 0; factor < Factors; factor++)
        {
            words[factor] = Words[(2 * factor) + (factors[factor] > 0 ? 1 : 0)];
        }

        return new ItemText(string.Join(' ', words), "", words);
    }
}
