using ThinkRec.Data;
using ThinkRec.Training.Encoders;

namespace ThinkRec.Training.Tests.Encoders;

public sealed class HistoryWindowTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 100)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Each_row_of_the_split_is_a_target_once(int seed)
    {
        (Dataset dataset, int maxLength) = Random(seed);

        Assert.All([Split.Train, Split.Valid, Split.Test], split =>
        {
            HistoryWindow[] windows = HistoryWindow.Cut(dataset, split, maxLength + 1);

            Assert.Equal(dataset.RowsOf(split), windows.SelectMany(w => w.Targets.Select(t => w.Rows[t])).Order());
            Assert.All(windows, w => Assert.Equal(w.Rows.Length - 1, w.Targets[^1]));
            Assert.All(windows, w => Assert.InRange(w.Rows.Length, 1, maxLength + 1));
        });
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Before_a_target_are_its_users_latest_rows_at_least_half_a_window(int seed)
    {
        (Dataset dataset, int maxLength) = Random(seed);
        var histories = new Histories(dataset);

        foreach (HistoryWindow window in new[] { Split.Train, Split.Valid, Split.Test }.SelectMany(split => HistoryWindow.Cut(dataset, split, maxLength + 1)))
        {
            Assert.All(window.Targets, target =>
            {
                int available = histories.Before(window.Rows[target], int.MaxValue, HistoryKind.Dual).Length;

                Assert.Equal(histories.Before(window.Rows[target], target, HistoryKind.Dual), window.Rows[..target]);
                Assert.True(target >= Math.Min(available, (maxLength + 1) / 2), $"row {window.Rows[target]} has {target} of {available} rows before it");
            });
        }
    }

    [Fact]
    public void Three_overlapping_windows_hold_nine_rows()
    {
        Dataset dataset = Rows([.. Enumerable.Range(0, 9).Select(row => new Interaction(1, 1, 5, true, row, row == 5 ? Split.Valid : Split.Train))]);

        HistoryWindow[] train = HistoryWindow.Cut(dataset, Split.Train, 5), valid = HistoryWindow.Cut(dataset, Split.Valid, 5);

        Assert.Equal([[0, 1, 2, 3, 4], [2, 3, 4, 5, 6], [4, 5, 6, 7, 8]], train.Select(w => w.Rows));
        Assert.Equal([[0, 1, 2, 3, 4], [4], [3, 4]], train.Select(w => w.Targets));
        Assert.Equal([2, 3, 4, 5], Assert.Single(valid).Rows);
    }

    /// <summary>Users with no to 60 rows in random splits; windows of 1 to 12 events.</summary>
    private static (Dataset Dataset, int MaxLength) Random(int seed)
    {
        const int NumUsers = 5;
        var random = SeededRandom.Stream(seed, "windows");
        int[] users = [.. Enumerable.Range(1, NumUsers).SelectMany(user => Enumerable.Repeat(user, random.NextInt(61)))];
        random.Shuffle(users.AsSpan());
        Dataset dataset = Rows([.. users.Select((user, row) => new Interaction(user, 1, 5, true, row / 3, (Split)random.NextInt(3)))]);
        return (dataset, 1 + random.NextInt(12));
    }

    private static Dataset Rows(Interaction[] rows) => new()
    {
        Card = new DatasetCard { Name = "rows", ItemNoun = "item", ItemNounPlural = "items", Source = "test", Created = "test" },
        Users = new IdMap(Enumerable.Range(1, 5).Select(u => $"u{u}")),
        Items = new IdMap(["i1"]),
        ItemTexts = [ItemText.Empty, ItemText.Empty],
        Interactions = rows,
    };
}
