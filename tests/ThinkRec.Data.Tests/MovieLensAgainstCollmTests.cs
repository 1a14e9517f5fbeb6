using System.IO.Compression;
using System.Text.Json;
using ThinkRec.TestKit;

namespace ThinkRec.Data.Tests;

/// <summary>The prepared MovieLens-1M against the split that the field uses, row by row.</summary>
public sealed class MovieLensAgainstCollmTests(ITestOutputHelper output)
{
    [Fact]
    public void Rows_and_positive_histories_equal_the_published_split_up_to_ties_in_time()
    {
        Assert.SkipUnless(Repository.HasData("ml-1m/ratings.dat.gz") && Repository.HasData("ml1m-collm/train.jsonl.gz"), "needs the public data of ml-1m and ml1m-collm");
        var dataset = MovieLens1M.Prepare(Repository.Data("ml-1m"));
        var statistics = DatasetStatistics.Describe(dataset);
        output.WriteLine(statistics.ToText());
        Assert.Equal((33_891, 740, 3_087), (statistics.Splits[0].Rows, statistics.Splits[0].Users, statistics.Splits[0].Items));
        Assert.Equal((10_401, 356, 2_506), (statistics.Splits[1].Rows, statistics.Splits[1].Users, statistics.Splits[1].Items));
        Assert.Equal(0, statistics.Splits[2].Rows);
        Assert.Equal((0.5368, 0.5283), (Math.Round(statistics.Splits[0].PositiveRate!.Value, 4), Math.Round(statistics.Splits[1].PositiveRate!.Value, 4)));
        Assert.Equal(6_609.0 / 10_401, statistics.Splits[1].NotCold!.Value, 12);

        var (equal, tied, different) = CompareHistories(dataset);

        output.WriteLine($"histories: {equal} exactly equal, {tied} equal up to ties, {different} different");
        Assert.Equal(0, different);
        Assert.Equal(33_891 + 10_401, equal + tied);
        Assert.True(equal > 10_000, "histories without ties in them should be equal as they stand");
    }

    [Fact]
    public void Films_get_their_plots_when_a_text_file_is_given()
    {
        Assert.SkipUnless(Repository.HasData("ml-1m/movie_text.jsonl.gz"), "needs the public data of ml-1m");

        var dataset = MovieLens1M.Prepare(Repository.Data("ml-1m"), new MovieLensOptions { ItemTextsFile = Repository.Data("ml-1m/movie_text.jsonl.gz") });

        var toyStory = dataset.ItemTexts[dataset.Items.Find("1")!.Value];
        Assert.Equal("Toy Story", toyStory.Title);
        Assert.StartsWith("A little boy named Andy", toyStory.Description, StringComparison.Ordinal);
        Assert.Equal(["Animation", "Children's", "Comedy"], toyStory.Keywords);
        using var folder = new TemporaryFolder();
        dataset.Save(folder.File("m"));
        Assert.Equal(dataset.Interactions, Dataset.Load(folder.File("m")).Interactions);
    }

    private static (int Equal, int Tied, int Different) CompareHistories(Dataset dataset)
    {
        var users = Column("users.tsv", 0, 1).ToDictionary(pair => pair.Key, pair => dataset.Users.Find(pair.Value) ?? 0);
        var items = Column("items.tsv", 0, 2).ToDictionary(pair => pair.Key, pair => dataset.Items.Find(pair.Value) ?? 0);
        var histories = new Histories(dataset);
        var rows = Enumerable.Range(0, dataset.Interactions.Length).ToDictionary(row => (dataset.Interactions[row].User, dataset.Interactions[row].Item, dataset.Interactions[row].Timestamp));
        var times = dataset.Interactions.ToDictionary(row => (row.User, row.Item), row => row.Timestamp);
        var (equal, tied, different) = (0, 0, 0);
        foreach (var file in new[] { "train", "valid" })
        {
            foreach (var json in Lines($"ml1m-collm/{file}.jsonl.gz"))
            {
                var user = users[json.GetProperty("uid").GetInt32()];
                var row = rows[(user, items[json.GetProperty("iid").GetInt32()], json.GetProperty("timestamp").GetInt64())];
                Assert.Equal(json.GetProperty("label").GetInt32() == 1, dataset.Interactions[row].Label);
                Assert.Equal(file, dataset.Interactions[row].Split.ToString().ToLowerInvariant());
                int[] theirs = [.. json.GetProperty("his").EnumerateArray().Select(item => items[item.GetInt32()])];
                int[] ours = [.. histories.Before(row, int.MaxValue, HistoryKind.PositiveOnly).Select(earlier => dataset.Interactions[earlier].Item)];
                if (ours.SequenceEqual(theirs))
                {
                    equal++;
                }
                else if (Settled(ours).SequenceEqual(Settled(theirs)))
                {
                    tied++;
                }
                else
                {
                    different++;
                }

                // Items of the row's own second may stand before or after it; items that share a second may stand in any order.
                IEnumerable<(long, int)> Settled(int[] history) => history.Select(item => (Time: times[(user, item)], Item: item))
                    .Where(entry => entry.Time != dataset.Interactions[row].Timestamp)
                    .GroupBy(entry => entry.Time)
                    .SelectMany(second => second.OrderBy(entry => entry.Item));
            }
        }
        return (equal, tied, different);
    }

    private static IEnumerable<KeyValuePair<int, string>> Column(string file, int key, int value) =>
        File.ReadLines(Repository.Data("ml1m-collm/" + file)).Skip(1).Select(line => line.Split('\t'))
            .Select(fields => KeyValuePair.Create(int.Parse(fields[key], System.Globalization.CultureInfo.InvariantCulture), fields[value]));

    private static IEnumerable<JsonElement> Lines(string file)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(Repository.Data(file)), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
        {
            using var document = JsonDocument.Parse(line);
            yield return document.RootElement.Clone();
        }
    }
}
