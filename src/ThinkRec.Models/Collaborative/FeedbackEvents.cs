using System.Numerics;
using ThinkRec.Data;

namespace ThinkRec.Models.Collaborative;

/// <summary>Sequences of events for <see cref="FeedbackSasRec"/>: a start, then item, label and time gap of each, padded on the right.</summary>
public sealed class FeedbackEvents
{
    /// <summary>Classes of time gaps: none, then powers of four of seconds.</summary>
    internal const int NumGaps = 16;

    private FeedbackEvents(int count, int length)
    {
        (Count, Length) = (count, length);
        (Items, Labels, Gaps) = (new long[count * length], new long[count * length], new long[count * length]);
        (Numbers, Moods) = (new float[count * length * ItemStatistics.Count], new float[count * length * UserStatistics.Count]);
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

    /// <summary>[places · <see cref="UserStatistics.Count"/>].</summary>
    internal float[] Moods { get; }

    /// <summary>Arranges rows.</summary>
    /// <param name="dataset">What the rows belong to.</param>
    /// <param name="histories">Row numbers, oldest first.</param>
    /// <param name="statistics">The items' statistics.</param>
    /// <returns>One sequence for each.</returns>
    public static FeedbackEvents From(Dataset dataset, IReadOnlyList<int[]> histories, ItemStatistics statistics)
    {
        var events = new FeedbackEvents(histories.Count, 1 + histories.Max(h => h.Length));
        for (int i = 0; i < histories.Count; i++)
        {
            int[] rows = histories[i];
            UserStatistics.Fill(dataset, rows, statistics, events.Moods.AsSpan(i * events.Length * UserStatistics.Count));
            for (int j = 0; j < rows.Length; j++)
            {
                Interaction row = dataset.Interactions[rows[j]];
                int place = (i * events.Length) + 1 + j;
                events.Items[place] = row.Item;
                statistics.AsOf(rows[j], events.Numbers.AsSpan(place * ItemStatistics.Count, ItemStatistics.Count));
                events.Labels[place] = row.Label ? 2 : 1;
                events.Gaps[place] = j == 0 ? 0 : Gap(row.Timestamp - dataset.Interactions[rows[j - 1]].Timestamp);
            }
        }

        return events;
    }

    private static int Gap(long seconds) => Math.Min(NumGaps - 1, 1 + (BitOperations.Log2((ulong)Math.Max(0, seconds) + 1) / 2));
}
