using System.Text.Json;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

public sealed class DataCommandTests
{
    [Fact]
    public async Task The_built_in_world_is_the_same_every_time_and_described_as_it_was_prepared()
    {
        using var folder = new TemporaryFolder();
        string[] call = ["data", "prepare", "built-in", "--users", "60", "--items", "100", "--seed", "5", "--json", "--out"];

        Outcome first = await Tool.RunAsync([.. call, folder.File("a")]);
        Outcome again = await Tool.RunAsync([.. call, folder.File("b")]);
        Outcome described = await Tool.RunAsync("data", "describe", folder.File("a"), "--json");

        Assert.Equal((0, "", 0, 0), (first.ExitCode, first.Error, again.ExitCode, described.ExitCode));
        Assert.Equal(first.Output, described.Output);
        Assert.All(
            Directory.EnumerateFiles(folder.File("a")),
            path => Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(Path.Combine(folder.File("b"), Path.GetFileName(path)))));
        JsonElement document = JsonDocument.Parse(first.Output).RootElement;
        Assert.Equal((60, 100, 5), (Int(document, "users"), Int(document, "items"), Int(document, "seed")));
    }

    [Fact]
    public async Task Counts_and_positive_rates_are_those_of_the_lines_and_an_empty_split_is_told()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("raw"));
        File.WriteAllText(folder.File("raw/movies.dat"), "7::Heat (1995)::Action\n9::Toy Story (1995)::Comedy\n");
        File.WriteAllText(folder.File("raw/ratings.dat"), "1::7::5::1000000000\n1::9::3::1000000001\n2::7::4::1000000002\n2::9::1::1020000000\nbroken\n");

        Outcome strict = await Tool.RunAsync("data", "prepare", "ml-1m", "--raw", folder.File("raw"), "--out", folder.File("out"));
        Outcome text = await Tool.RunAsync("data", "prepare", "ml-1m", "--raw", folder.File("raw"), "--out", folder.File("out"), "--max-bad", "1");
        Outcome json = await Tool.RunAsync("data", "describe", folder.File("out"), "--json");

        Refusal.AssertOneLine(strict, 1, "ratings.dat:5: ", "expected 4 fields");
        Assert.Equal((0, ""), (text.ExitCode, text.Error));
        Assert.Contains("note: The test split is empty", text.Output);
        Assert.Contains("1 malformed line(s) were left out: ratings.dat:5:", text.Output);
        Assert.Matches(@"\ntrain +3 +2 +2 +0\.6667 ", text.Output);
        JsonElement splits = JsonDocument.Parse(json.Output).RootElement.GetProperty("splits");
        Assert.Equal(2 / 3.0, splits.GetProperty("train").GetProperty("positiveRate").GetDouble(), 12);
        Assert.Equal((1, 0), (Int(splits.GetProperty("valid"), "rows"), Int(splits.GetProperty("test"), "rows")));
        Assert.Equal(JsonValueKind.Null, splits.GetProperty("test").GetProperty("positiveRate").ValueKind);
    }

    [Fact]
    public async Task Movielens_1m_has_the_rows_of_the_papers_windows()
    {
        Assert.SkipUnless(Repository.HasData("ml-1m/ratings.dat.gz"), "MovieLens-1M is not in the public data folder");
        using var folder = new TemporaryFolder();

        Outcome outcome = await Tool.RunAsync(
            "data", "prepare", "ml-1m", "--raw", Repository.Data("ml-1m"), "--texts", Repository.Data("ml-1m/movie_text.jsonl.gz"),
            "--out", folder.File("out"), "--json");

        Assert.True(outcome.ExitCode == 0, outcome.Error); // a slow machine also says how far it is
        JsonElement splits = JsonDocument.Parse(outcome.Output).RootElement.GetProperty("splits");
        Assert.Equal((33_891, 10_401), (Int(splits.GetProperty("train"), "rows"), Int(splits.GetProperty("valid"), "rows")));
    }

    [Fact]
    public async Task A_log_of_ones_own_is_prepared_with_all_that_the_call_says()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("raw"));
        File.WriteAllText(folder.File("raw/log.csv"), "who,what,stars,when\nu,a,5,2020-01-01\nu,b,2,2020-01-02\nu,c,4,2020-01-03\nv,a,3,2020-01-01\nv,b,4,2020-01-05\nbroken\n");
        File.WriteAllText(folder.File("raw/books.tsv"), "what\tname\na\tAlpha\nb\tBeta\n");

        Outcome outcome = await Tool.RunAsync(
            "data", "prepare", "csv", "--raw", folder.File("raw"), "--log", "log.csv", "--map", "user=who", "item=what", "rating=stars", "time=when",
            "--item-file", "books.tsv", "--item-map", "item=what", "title=name", "--positive-from", "3", "--k-core", "2", "iterative",
            "--split", "ratio", "--shares", "50,0,50", "--max-bad", "1", "--name", "shop", "--noun", "book,books", "--out", folder.File("out"), "--json");

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        JsonElement document = JsonDocument.Parse(outcome.Output).RootElement;
        Assert.Equal(("shop", 2, 2), (document.GetProperty("name").GetString(), Int(document, "users"), Int(document, "items")));
        JsonElement splits = document.GetProperty("splits");
        Assert.Equal((2, 0, 2), (Int(splits.GetProperty("train"), "rows"), Int(splits.GetProperty("valid"), "rows"), Int(splits.GetProperty("test"), "rows")));
        string[] notes = [.. document.GetProperty("notes").EnumerateArray().Select(note => note.GetString()!)];
        Assert.Contains(notes, note => note.Contains("overlap in time", StringComparison.Ordinal));
        Assert.Contains(notes, note => note.Contains("log.csv:7: expected 4 fields", StringComparison.Ordinal));
        Assert.Contains(notes, note => note.StartsWith("1 rows were left out, because no text describes", StringComparison.Ordinal));
        Assert.Contains("a\tAlpha\t", File.ReadAllText(folder.File("out/shop.item")));
    }

    [Fact]
    public async Task Fields_are_parted_by_what_the_call_says()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("log.txt"), "user::item::rating::timestamp\nu::a, b::5::1\nu::c::2::2\nv::c::4::3\n");
        string[] call = ["data", "prepare", "csv", "--raw", folder.File("log.txt"), "--positive-from", "4", "--out", folder.File("out")];

        Outcome outcome = await Tool.RunAsync([.. call, "--delimiter", "::", "--json"]);

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal(2, Int(JsonDocument.Parse(outcome.Output).RootElement, "items"));
        Refusal.AssertOneLine(await Tool.RunAsync([.. call, "--delimiter", "\""]), 2, "--delimiter", "without letters, digits and quotes");
        Refusal.AssertOneLine(await Tool.RunAsync("data", "prepare", "yelp", "--raw", folder.FullPath, "--out", folder.File("no"), "--delimiter", ";"), 2, "--delimiter", "no meaning for yelp");
        Refusal.AssertOneLine(await Tool.RunAsync(call), 1, "log.txt", "Rename it");
    }

    private static int Int(JsonElement element, string name) => element.GetProperty(name).GetInt32();
}
