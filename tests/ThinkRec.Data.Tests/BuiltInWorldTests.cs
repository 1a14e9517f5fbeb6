using ThinkRec.TestKit;

namespace ThinkRec.Data.Tests;

public sealed class BuiltInWorldTests
{
    private static readonly GeneratedWorld World = BuiltInWorld.Generate(new BuiltInWorldOptions { Seed = 1 });

    [Fact]
    public void The_same_seed_gives_the_same_world_and_another_seed_does_not()
    {
        var again = BuiltInWorld.Generate(new BuiltInWorldOptions { Seed = 1 });
        var other = BuiltInWorld.Generate(new BuiltInWorldOptions { Seed = 2 });

        Assert.Equal(World.Dataset.Interactions, again.Dataset.Interactions);
        Assert.Equal(World.TrueProbabilities, again.TrueProbabilities);
        Assert.Equal(World.UserGroups, again.UserGroups);
        Assert.Equal(World.Dataset.ItemTexts.Select(text => text.Title + text.Description), again.Dataset.ItemTexts.Select(text => text.Title + text.Description));
        Assert.NotEqual(World.Dataset.Interactions, other.Dataset.Interactions);
    }

    [Fact]
    public void Its_truth_survives_saving_and_loading()
    {
        using var folder = new TemporaryFolder();

        World.Dataset.Save(folder.File("w"));
        var loaded = Dataset.Load(folder.File("w"));

        Assert.Equal(World.TrueProbabilities, loaded.TrueProbabilities);
        Assert.Equal(World.UserGroups, loaded.TrueGroups);
        Assert.Equal(World.Dataset.Interactions, loaded.Interactions);
        Assert.True(World.Dataset.ItemTexts.Zip(loaded.ItemTexts).All(pair => pair.First.Title == pair.Second.Title
            && pair.First.Description == pair.Second.Description && pair.First.Keywords.SequenceEqual(pair.Second.Keywords)));
    }

    [Fact]
    public void Damaged_truth_is_named()
    {
        using var folder = new TemporaryFolder();
        World.Dataset.Save(folder.File("w"));
        TinyData.Damage(folder.File("w"), "truth.tsv", text => string.Join('\n', text.Split('\n').Take(100)) + "\n");

        var error = Assert.Throws<DataFormatException>(() => Dataset.Load(folder.File("w")));

        Assert.Contains("truth.tsv:101: expected", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Titles_are_unique_and_descriptions_name_every_property()
    {
        var texts = World.Dataset.ItemTexts[1..];

        Assert.Equal(400, texts.Select(text => text.Title).Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(texts, text => Assert.InRange(text.Title.Split(' ').Length, 2, 4));
        Assert.All(texts, text => Assert.InRange(text.Keywords.Count, 3, 4));
        Assert.All(texts, text => Assert.All(text.Keywords, word => Assert.Contains(word, text.Description, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Its_difficulty_is_as_tuned(int seed)
    {
        var world = seed == 1 ? World : BuiltInWorld.Generate(new BuiltInWorldOptions { Seed = seed });
        var statistics = DatasetStatistics.Describe(world.Dataset);
        var test = world.Dataset.RowsOf(Split.Test);
        var warmUsers = world.Dataset.RowsOf(Split.Train).Select(row => world.Dataset.Interactions[row].User).ToHashSet();
        var later = test.Concat(world.Dataset.RowsOf(Split.Valid)).ToArray();

        Assert.InRange(world.Dataset.Interactions.Length, 16_000, 20_000);
        Assert.InRange(statistics.Splits[0].Rows / (double)world.Dataset.Interactions.Length, 0.69, 0.71);
        Assert.All(statistics.Splits, split => Assert.InRange(split.PositiveRate!.Value, 0.5, 0.58));
        Assert.InRange(later.Count(row => !warmUsers.Contains(world.Dataset.Interactions[row].User)) / (double)later.Length, 0.25, 0.36);
        Assert.InRange(Auc(world.Dataset, test, row => world.TrueProbabilities[row]), 0.86, 0.91);
        Assert.InRange(Auc(world.Dataset, test, ItemMean(world.Dataset)), 0.57, 0.66);
    }

    [Fact]
    public void Nobody_rates_a_film_twice_and_activity_is_bounded()
    {
        var pairs = World.Dataset.Interactions.Select(row => (row.User, row.Item)).ToArray();
        var activity = pairs.CountBy(pair => pair.User).Select(pair => pair.Value).ToArray();

        Assert.Equal(pairs.Length, pairs.Distinct().Count());
        Assert.Equal(600, activity.Length);
        Assert.Equal((8, 80), (activity.Min(), activity.Max()));
        Assert.InRange(activity.Average(), 27, 33);
    }

    [Fact]
    public void Options_out_of_range_are_all_named()
    {
        var error = Assert.Throws<ArgumentException>(() => BuiltInWorld.Generate(new BuiltInWorldOptions { NumUsers = 1, NumItems = 1, Temperature = double.NaN }));

        Assert.Contains("3 problem(s)", error.Message, StringComparison.Ordinal);
    }

    private static Func<int, double> ItemMean(Dataset dataset)
    {
        var means = dataset.RowsOf(Split.Train).GroupBy(row => dataset.Interactions[row].Item)
            .ToDictionary(group => group.Key, group => (group.Count(row => dataset.Interactions[row].Label) + 2.5) / (group.Count() + 5.0));
        return row => means.GetValueOrDefault(dataset.Interactions[row].Item, 0.5);
    }

    private static double Auc(Dataset dataset, int[] rows, Func<int, double> score)
    {
        var positive = rows.Where(row => dataset.Interactions[row].Label).Select(score).ToArray();
        var negative = rows.Where(row => !dataset.Interactions[row].Label).Select(score).ToArray();
        return positive.Sum(p => negative.Sum(n => p > n ? 1.0 : p == n ? 0.5 : 0)) / ((double)positive.Length * negative.Length);
    }
}
