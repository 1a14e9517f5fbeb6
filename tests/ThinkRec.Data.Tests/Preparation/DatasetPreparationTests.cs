using ThinkRec.Data.Preparation;
using ThinkRec.TestKit;

namespace ThinkRec.Data.Tests.Preparation;

public sealed class DatasetPreparationTests
{
    [Fact]
    public void Rows_are_sorted_by_time_and_ties_keep_the_order_of_the_log()
    {
        var dataset = DatasetPreparation.Run(MemorySource.Of("u c 5 20", "u b 1 10", "u a 4 20", "u d 3 20"), MemorySource.Plan);

        Assert.Equal(["b", "c", "a", "d"], dataset.Interactions.Select(row => dataset.Items[row.Item]));
        Assert.Equal([false, true, true, false], dataset.Interactions.Select(row => row.Label));
        Assert.Equal([Split.Train, Split.Train, Split.Valid, Split.Test], dataset.Interactions.Select(row => row.Split));
    }

    [Fact]
    public void Ids_are_numbered_in_their_own_order_and_whole_numbers_by_value()
    {
        var dataset = DatasetPreparation.Run(MemorySource.Of("10 b 5 1", "9 007 5 2", "x 10 5 3", "2 9 5 4", "X 0 5 5"), MemorySource.Plan);

        Assert.Equal(["", "2", "9", "10", "X", "x"], Enumerable.Range(0, dataset.Users.Count).Select(user => dataset.Users[user]));
        Assert.Equal(["", "0", "9", "10", "007", "b"], Enumerable.Range(0, dataset.Items.Count).Select(item => dataset.Items[item]));
    }

    [Fact]
    public void Rows_outside_the_window_are_dropped_before_anything_is_counted()
    {
        var plan = MemorySource.Plan with { Window = new TimeWindow(10, 20), KCore = new KCore(2, false) };

        var dataset = DatasetPreparation.Run(MemorySource.Of("u a 5 10", "u a 5 19", "v a 5 20", "v a 5 9", "w b 5 15"), plan);

        Assert.Equal([10, 19], dataset.Interactions.Select(row => row.Timestamp));
        Assert.Equal((2, 2), (dataset.Users.Count, dataset.Items.Count));
    }

    [Fact]
    public void A_repeat_has_the_user_the_item_and_the_time_of_an_earlier_row()
    {
        var rows = MemorySource.Of("u a 5 10", "u b 5 10", "v a 5 10", "u a 2 10", "u a 5 11");

        var dropped = DatasetPreparation.Run(rows, MemorySource.Plan);
        var kept = DatasetPreparation.Run(rows, MemorySource.Plan with { DropRepeats = false });

        Assert.Equal([5, 5, 5, 5], dropped.Interactions.Select(row => row.Rating));
        Assert.Contains("1 rows were left out, because they repeat user, item and time of another.", dropped.Card.Notes);
        Assert.Equal(5, kept.Interactions.Length);
    }

    [Fact]
    public void A_single_pass_leaves_rare_users_behind_and_a_core_does_not()
    {
        // b has one row, and without it u has one too, and then a.
        var rows = MemorySource.Of("u a 5 1", "u b 5 2", "v a 5 3", "v c 5 4", "v c 5 5", "w c 5 6", "w c 5 7");

        var once = DatasetPreparation.Run(rows, MemorySource.Plan with { KCore = new KCore(2, false) });
        var core = DatasetPreparation.Run(rows, MemorySource.Plan with { KCore = new KCore(2, true) });

        Assert.Equal(6, once.Interactions.Length);
        Assert.Equal([4, 5, 6, 7], core.Interactions.Select(row => row.Timestamp));
        Assert.Contains("until all that are left have so many", core.Card.Filters, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_user_and_item_of_a_core_has_enough_rows_whatever_the_log()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var random = SeededRandom.Stream(seed, "core");
            var rows = Enumerable.Range(0, 200).Select(time => $"{random.NextInt(20)} {random.NextInt(25)} 5 {time}").ToArray();
            var minRows = 2 + random.NextInt(6);
            Dataset core;
            try
            {
                core = DatasetPreparation.Run(MemorySource.Of(rows), MemorySource.Plan with { KCore = new KCore(minRows, true) });
            }
            catch (DataFormatException)
            {
                continue;   // nothing is left, which is a core too
            }
            Assert.True(core.Interactions.GroupBy(row => row.User).Min(group => group.Count()) >= minRows, $"seed {seed}");
            Assert.True(core.Interactions.GroupBy(row => row.Item).Min(group => group.Count()) >= minRows, $"seed {seed}");
        }
    }

    [Fact]
    public void Rows_of_items_without_a_description_are_left_out_and_told_or_kept_when_asked_for()
    {
        var source = new MemorySource(new("u", "a", 5, 1), new("u", "b", 5, 2)) { Items = new() { ["a"] = new ItemText("Alpha", "", []), ["z"] = new ItemText("Zeta", "", []) } };

        var described = DatasetPreparation.Run(source, MemorySource.Plan);
        var all = DatasetPreparation.Run(source, MemorySource.Plan with { KeepUndescribed = true });

        Assert.Equal(["", "Alpha"], described.ItemTexts.Select(text => text.Title));
        Assert.Contains("1 rows were left out, because no text describes their items.", described.Card.Notes);
        Assert.Equal(["", "Alpha", "b"], all.ItemTexts.Select(text => text.Title));
        Assert.Contains("1 of 2 items have no title; their id stands in for it.", all.Card.Notes);
        Assert.Equal("read last", all.Card.Notes[^1]);
    }

    [Fact]
    public void A_threshold_between_two_floats_puts_the_rating_itself_among_the_likes()
    {
        var dataset = DatasetPreparation.Run(MemorySource.Of("u a 4.1 1", "u b 4.0 2"), MemorySource.Plan with { PositiveFrom = 4.1 });

        Assert.Equal([true, false], dataset.Interactions.Select(row => row.Label));
        using var folder = new TemporaryFolder();
        dataset.Save(folder.File("d"));
        Assert.Equal(dataset.Interactions, Dataset.Load(folder.File("d")).Interactions);
    }

    [Fact]
    public void Labels_of_the_log_are_taken_where_there_is_no_threshold()
    {
        var dataset = DatasetPreparation.Run(new MemorySource(new("u", "a", 1, 1, true), new("u", "b", 5, 2, false)), MemorySource.Plan with { PositiveFrom = null });

        Assert.Equal([true, false], dataset.Interactions.Select(row => row.Label));
        Assert.Null(dataset.Card.PositiveFrom);
    }

    [Theory]
    [InlineData(0, "the log holds no row that can be read")]
    [InlineData(1, "none of 1 ratings is left: rows outside 1970-01-01 to 1970-01-01 UTC are dropped")]
    public void Nothing_left_is_an_error_that_says_why(int numRows, string expected)
    {
        var rows = Enumerable.Repeat("u a 5 50", numRows).ToArray();

        var error = Assert.Throws<DataFormatException>(() => DatasetPreparation.Run(MemorySource.Of(rows), MemorySource.Plan with { Window = new TimeWindow(0, 10) }));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }
}
