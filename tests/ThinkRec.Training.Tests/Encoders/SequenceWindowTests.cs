using ThinkRec.Data;
using ThinkRec.Training.Encoders;

namespace ThinkRec.Training.Tests.Encoders;

public sealed class SequenceWindowTests
{
    private static readonly Dataset Rows = PlantedTaste.Make(users: 12, items: 9, rowsOfUser: 40);

    [Theory]
    [InlineData(HistoryKind.PositiveOnly, 8, 1)]
    [InlineData(HistoryKind.PositiveOnly, 8, 4)]
    [InlineData(HistoryKind.PositiveOnly, 5, 5)]
    [InlineData(HistoryKind.PositiveOnly, 1, 1)]
    [InlineData(HistoryKind.Dual, 8, 3)]
    [InlineData(HistoryKind.Dual, 100, 50)]
    public void Every_wanted_row_is_a_target_once_and_its_place_is_the_last_item_before_it(HistoryKind kind, int length, int step)
    {
        var histories = new Histories(Rows);

        SequenceWindow[] windows = SequenceWindow.Cut(Rows, kind, length, step, row => row.Split == Split.Train);

        Assert.Equal(Rows.RowsOf(Split.Train), windows.SelectMany(w => w.Targets).Order());
        Assert.All(windows, window =>
        {
            Assert.True(window.History.Length <= length);
            Assert.Equal(window.Targets.Length, window.Places.Length);
            Assert.Equal(Math.Max(0, window.History.Length - 1), window.Places.Max());
            Assert.All(window.Targets.Zip(window.Places), target =>
            {
                int[] all = histories.Before(target.First, int.MaxValue, kind);
                int[] read = window.History.Length == 0 ? [] : window.History[..(target.Second + 1)];
                Assert.Equal(all[^read.Length..], read);
                Assert.True(read.Length >= Math.Min(all.Length, length - step + 1), $"{read.Length} of {all.Length} items are read");
            });
        });
    }

    [Theory]
    [InlineData(HistoryKind.PositiveOnly)]
    [InlineData(HistoryKind.Dual)]
    public void With_step_1_a_target_sees_what_it_will_be_served_with(HistoryKind kind)
    {
        var histories = new Histories(Rows);

        SequenceWindow[] windows = SequenceWindow.Cut(Rows, kind, length: 6, step: 1, row => row.Split == Split.Valid);

        Assert.All(windows, window => Assert.All(window.Targets.Zip(window.Places), target =>
            Assert.Equal(histories.Before(target.First, 6, kind), window.History.Length == 0 ? [] : window.History[..(target.Second + 1)])));
    }

    [Fact]
    public void Rows_that_nobody_wants_are_read_but_no_targets()
    {
        SequenceWindow[] windows = SequenceWindow.Cut(Rows, HistoryKind.Dual, length: 50, step: 25, row => row.Split == Split.Train && row.Label);

        Assert.All(windows, w => Assert.All(w.Targets, row => Assert.True(Rows.Interactions[row].Label)));
        Assert.Contains(windows, w => w.History.Any(row => !Rows.Interactions[row].Label));
    }
}
