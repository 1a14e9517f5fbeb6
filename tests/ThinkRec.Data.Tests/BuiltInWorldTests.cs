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
        var warmItems = world.Dataset.RowsOf(Split.Train).Select(row => world.Dataset.Interactions[row].Item).ToHashSet();
        var later = test.Concat(world.Dataset.RowsOf(Split.Valid)).ToArray();

        Assert.InRange(world.Dataset.Interactions.Length, 17_000, 19_500);
        Assert.InRange(statistics.Splits[0].Rows / (double)world.Dataset.Interactions.Length, 0.69, 0.71);
        Assert.All(statistics.Splits, split => Assert.InRange(split.PositiveRate!.Value, 0.58, 0.645));
        Assert.InRange(later.Count(row => !warmUsers.Contains(world.Dataset.Interactions[row].User)) / (double)later.Length, 0.22, 0.40);
        Assert.InRange(later.Count(row => !warmItems.Contains(world.Dataset.Interactions[row].Item)) / (double)later.Length, 0.17, 0.36);
        Assert.InRange(Auc(world.Dataset, test, row => world.TrueProbabilities[row]), 0.935, 0.965);
        Assert.InRange(Auc(world.Dataset, test, ItemMean(world.Dataset)), 0.56, 0.615);
    }

    [Fact]
    public void More_temperature_makes_taste_clearer_and_none_leaves_quality_and_leniency()
    {
        Assert.InRange(BestAuc(temperature: 0), 0.57, 0.65);
        Assert.InRange(BestAuc(temperature: 2), 0.97, 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void New_films_are_seen_most_while_they_are_new(int seed)
    {
        var rows = (seed == 1 ? World : BuiltInWorld.Generate(new BuiltInWorldOptions { Seed = seed })).Dataset.Interactions;
        var (start, duration) = (rows[0].Timestamp, (double)(rows[^1].Timestamp - rows[0].Timestamp));
        double At(Interaction row) => (row.Timestamp - start) / duration;
        // A film's share of what is seen in a stretch of time; the first view, which dates the film, is left out.
        double Share(IGrouping<int, Interaction> film, double from, double to)
        {
            var first = At(film.First());
            bool Within(Interaction row) => At(row) >= first + from && At(row) < first + to;
            return film.Skip(1).Count(Within) / (double)rows.Count(Within);
        }
        var films = rows.GroupBy(row => row.Item).Where(film => At(film.First()) is > 0.3 and < 0.6).ToArray();

        var fresh = films.Sum(film => Share(film, 0, 0.1));
        var old = films.Sum(film => Share(film, 0.25, 0.35));

        Assert.True(films.Length > 30);
        Assert.InRange(fresh / old, 2, 4);
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
    public void Where_films_run_out_nobody_rates_one_twice_either()
    {
        var rows = BuiltInWorld.Generate(new BuiltInWorldOptions { NumUsers = 300, NumItems = 100, MeanActivity = 60 }).Dataset.Interactions;

        Assert.Equal(rows.Length, rows.DistinctBy(row => (row.User, row.Item)).Count());
    }

    [Fact]
    public void Options_out_of_range_are_all_named()
    {
        var error = Assert.Throws<ArgumentException>(() => BuiltInWorld.Generate(new BuiltInWorldOptions { NumUsers = 1, NumItems = 1, Temperature = double.NaN }));

        Assert.Contains("3 problem(s)", error.Message, StringComparison.Ordinal);
    }

    private static double BestAuc(double temperature)
    {
        var world = BuiltInWorld.Generate(new BuiltInWorldOptions { Temperature = temperature });
        return Auc(world.Dataset, world.Dataset.RowsOf(Split.Test), row => world.TrueProbabilities[row]);
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
