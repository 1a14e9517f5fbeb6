using System.Numerics;
using ThinkRec.Data;

namespace ThinkRec.Models.Collaborative;

/// <summary>Sequences of events for <see cref="FeedbackSasRec"/>: a start, then item, label and time gap of each, padded on the right.</summary>
public sealed class FeedbackEvents
{
    /// <summary>Classes of time gaps: none, then powers of four of seconds.</summary>
    internal const int NumGaps = 16;

    private readonly int _numProperties;

    private FeedbackEvents(int count, int length, int numProperties)
    {
        (Count, Length, _numProperties) = (count, length, numProperties);
        int places = count * length;
        (Items, Labels, Gaps) = (new long[places], new long[places], new long[places]);
        (Numbers, Residuals) = (new float[places * ItemStatistics.Count], new float[places * 2]);
        (Moods, Tastes) = (new float[places * UserStatistics.Count], new float[places * numProperties]);
    }

    /// <summary>Sequences.</summary>
    public int Count { get; }

    /// <summary>Places of each, the start included.</summary>
    public int Length { get; }

    internal long[] Items { get; }

    internal long[] Labels { get; }

    internal long[] Gaps { get; }

    /// <summary>[places · <see cref="ItemStatistics.Count"/>], as of each event.</summary>
    internal float[] Numbers { get; }

    /// <summary>[places · 2]: what label and rating are above what was to be expected.</summary>
    internal float[] Residuals { get; }

    /// <summary>[places · <see cref="UserStatistics.Count"/>]; zero where nobody asked.</summary>
    internal float[] Moods { get; }

    /// <summary>[places · properties]; zero where nobody asked.</summary>
    internal float[] Tastes { get; }

    /// <summary>Arranges rows.</summary>
    /// <param name="dataset">What the rows belong to.</param>
    /// <param name="histories">Row numbers, oldest first.</param>
    /// <param name="statistics">The items' statistics.</param>
    /// <param name="numProperties">Properties of tastes.</param>
    /// <returns>One sequence for each; what is known of the users is still to be given.</returns>
    public static FeedbackEvents From(Dataset dataset, IReadOnlyList<int[]> histories, ItemStatistics statistics, int numProperties)
    {
        var events = new FeedbackEvents(histories.Count, 1 + histories.Max(h => h.Length), numProperties);
        for (int i = 0; i < histories.Count; i++)
        {
            int[] rows = histories[i];
            for (int j = 0; j < rows.Length; j++)
            {
                Interaction row = dataset.Interactions[rows[j]];
                int place = (i * events.Length) + 1 + j;
                events.Items[place] = row.Item;
                statistics.AsOf(rows[j], events.Numbers.AsSpan(place * ItemStatistics.Count, ItemStatistics.Count));
                events.Labels[place] = row.Label ? 2 : 1;
                (double label, double rating) = statistics.Residuals(rows[j], row);
                (events.Residuals[2 * place], events.Residuals[(2 * place) + 1]) = ((float)label, (float)rating);
                events.Gaps[place] = j == 0 ? 0 : Gap(row.Timestamp - dataset.Interactions[rows[j - 1]].Timestamp);
            }
        }

        return events;
    }

    /// <summary>Where the user's mood at a place goes.</summary>
    /// <param name="sequence">Which sequence.</param>
    /// <param name="place">Events before the moment.</param>
    /// <returns>Zeros to be overwritten.</returns>
    public Span<float> MoodAt(int sequence, int place) => Moods.AsSpan(((sequence * Length) + place) * UserStatistics.Count, UserStatistics.Count);

    /// <summary>Where the user's tastes at a place go.</summary>
    /// <param name="sequence">Which sequence.</param>
    /// <param name="place">Events before the moment.</param>
    /// <returns>Zeros to be overwritten.</returns>
    public Span<float> TastesAt(int sequence, int place) => Tastes.AsSpan(((sequence * Length) + place) * _numProperties, _numProperties);

    private static int Gap(long seconds) => Math.Min(NumGaps - 1, 1 + (BitOperations.Log2((ulong)Math.Max(0, seconds) + 1) / 2));
}
