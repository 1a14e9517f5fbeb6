using ThinkRec.Data.Preparation;
using ThinkRec.TestKit;

namespace ThinkRec.Data.Tests;

/// <summary>Ratings from before the window stay beside the rows: in no split and no history.</summary>
public sealed class EarlierRowsTests
{
    private static readonly Interaction[] Earlier = [new(3, 2, 4, true, 1, Split.None), new(1, 1, 2, false, 1, Split.None), new(1, 3, 5, true, 9, Split.None)];

    [Fact]
    public void They_are_written_and_read_and_nothing_else_knows_of_them()
    {
        using var folder = new TemporaryFolder();
        Dataset.CheckFolder(folder.File("with"));
        With(Earlier).Save(folder.File("with"));
        With([]).Save(folder.File("without"));

        var read = Dataset.Load(folder.File("with"));

        Assert.Equal(Earlier, read.EarlierRows);
        Assert.Equal(3, read.Card.Counts["earlier"]);
        Assert.Equal(TinyData.Three().Interactions, read.Interactions);
        Assert.Equal([], new Histories(read).Before(0, 10, HistoryKind.Dual));
        foreach (var file in new[] { "tiny.inter", "tiny.item", "tiny.user" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(folder.File("without"), file)), File.ReadAllBytes(Path.Combine(folder.File("with"), file)));
        }

        Assert.Empty(Dataset.Load(folder.File("without")).EarlierRows);
    }

    [Fact]
    public void As_training_rows_they_come_first()
    {
        var all = With(Earlier).WithEarlierRows();
        Assert.Equal([.. Earlier.Select(row => row with { Split = Split.Train }), .. TinyData.Three().Interactions], all.Interactions);
        Assert.Empty(all.EarlierRows);
        var plain = TinyData.Three();
        Assert.Same(plain, plain.WithEarlierRows());
    }

    [Theory]
    [InlineData("\t9\t", "\t10\t", "not before the first row")]
    [InlineData("\tearlier\n", "\ttrain\n", "expected split earlier")]
    [InlineData("c\ty", "d\ty", "user 'd'")]
    public void A_damaged_file_is_refused_by_name(string good, string bad, string problem)
    {
        using var folder = new TemporaryFolder();
        With(Earlier).Save(folder.File("d"));
        TinyData.Damage(folder.File("d"), "tiny.earlier", text => text.Replace(good, bad, StringComparison.Ordinal));

        var error = Assert.Throws<DataFormatException>(() => Dataset.Load(folder.File("d")));

        Assert.Contains("tiny.earlier", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_are_not_earlier_cannot_be_saved()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<ArgumentException>(() => With([new(1, 1, 5, true, 10, Split.None)]).Save(folder.File("d")));
        Assert.Contains("not before the first row", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Preparing_keeps_those_of_users_and_items_in_the_window(bool keep)
    {
        RawRow[] rows =
        [
            Raw("u1", "i1", 5, 105), Raw("u2", "i2", 1, 110), Raw("u1", "i2", 4, 50), Raw("u1", "i9", 4, 40), Raw("u9", "i1", 4, 45), Raw("u2", "i1", 2, 20), Raw("u1", "i1", 3, 300),
        ];
        var plan = new PreparationPlan
        {
            Name = "t",
            Source = "t",
            Created = "t",
            PositiveFrom = 4,
            Window = new TimeWindow(100, 200),
            Split = new WindowSplit(new TimeWindow(100, 200), new TimeWindow(200, 201), new TimeWindow(201, 202)),
            KeepEarlier = keep,
        };

        var dataset = DatasetPreparation.Run(new Rows(rows), plan);

        Assert.Equal(["u1", "u2"], [dataset.Users[1], dataset.Users[2]]);
        Assert.Equal(3, dataset.Users.Count);
        Assert.Equal(keep ? [(2, 1, 20L), (1, 2, 50L)] : [], dataset.EarlierRows.Select(row => (row.User, row.Item, row.Timestamp)));
        Assert.Equal(keep, dataset.Card.Notes.Any(note => note.Contains("before the window", StringComparison.Ordinal)));
    }

    private static RawRow Raw(string user, string item, float rating, long time) => new(user, item, rating, time);

    private static Dataset With(Interaction[] earlier)
    {
        var three = TinyData.Three();
        return new Dataset { Card = three.Card, Users = three.Users, Items = three.Items, ItemTexts = three.ItemTexts, Interactions = three.Interactions, EarlierRows = earlier };
    }

    private sealed class Rows(RawRow[] rows) : IRawSource
    {
        public IEnumerable<string> Notes => [];

        public IReadOnlySet<string>? DescribedItems() => null;

        IEnumerable<RawRow> IRawSource.Rows() => rows;

        public IEnumerable<KeyValuePair<string, ItemText>> Texts(Func<string, bool> isWanted) => [];
    }
}
