using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>Bad files, folders and options: one line that says where and what to do, and nothing half-written.</summary>
public sealed class BadInputTests
{
    private const string PrepareMovieLens = "data prepare ml-1m --raw @/raw --out @/out";
    private const string PrepareWorld = "data prepare built-in --users 30 --items 100 --out";
    private const string Measure = "metrics --predictions @/p.csv";
    private static readonly byte[] Movies = Text("1::Heat (1995)::Action|Crime\n2::Toy Story (1995)::Comedy\n");
    private static readonly byte[] Ratings = Text("1::1::5::1000000000\n1::2::3::1000000001\n2::1::4::1020000000\n");

    private static readonly Dictionary<string, Refusal> Calls = new()
    {
        ["unknown command"] = new("tarin", 2, "'tarin'", "thinkrec --help"),
        ["unknown command of data"] = new("data prepair", 2, "'prepair'", "thinkrec data --help"),
        ["no command of data"] = new("data", 2, "command was not provided", "thinkrec data --help"),
        ["unknown option"] = new("data describe @/ --colour", 2, "'--colour'", "thinkrec data describe --help"),
        ["unknown dataset"] = new("data prepare ml-2m --out @/out", 2, "'ml-2m'", "there are: ml-1m, ml-100k, ml-latest, yelp, amazon, csv, tsv, jsonl, recbole, built-in"),
        ["option of another dataset"] = new("data prepare yelp --raw @/ --map user=u --out @/out", 2, "--map", "leave it out"),
        ["unknown preset"] = new("data prepare amazon --raw @/ --preset cars --out @/out", 2, "'cars'", "books, toys, beauty"),
        ["unknown split"] = new("data prepare ml-100k --raw @/ --split random --out @/out", 2, "--split", "temporal, ratio or leave-one-out"),
        ["shares without a split"] = new("data prepare ml-100k --raw @/ --shares 8,1,1 --out @/out", 2, "--shares", "--split temporal"),
        ["shares of nothing"] = new("data prepare ml-100k --raw @/ --split ratio --shares 0,1,1 --out @/out", 2, "--shares", "such as 80,10,10"),
        ["two shares"] = new("data prepare ml-100k --raw @/ --split ratio --shares 80,20 --out @/out", 2, "--shares", "such as 80,10,10"),
        ["a core of no number"] = new("data prepare ml-100k --raw @/ --k-core five --out @/out", 2, "--k-core", "whole number"),
        ["a core without a number"] = new("data prepare ml-100k --raw @/ --k-core iterative --out @/out", 2, "ml-100k", "give a number too"),
        ["unknown role"] = new("data prepare csv --raw @/ --log a.csv --map who=a --out @/out", 2, "--map", "user, item, rating, label, time"),
        ["no log"] = new("data prepare csv --raw @/ --out @/out", 2, "is a folder", "--log FILE"),
        ["two paper windows"] = new("data prepare ml-1m --raw @/ --split ratio --test-months 1 --out @/out", 2, "--test-months", "leave one of them out"),
        ["a name with a slash"] = new("data prepare csv --raw @/ --log a.csv --name a/b --out @/out", 2, "--name", "letters, digits"),
        ["repeats"] = new("data prepare ml-100k --raw @/ --repeats once --out @/out", 2, "--repeats", "keep or drop"),
        ["no folder to write"] = new("data prepare built-in", 2, "'--out'", "thinkrec data prepare --help"),
        ["no raw folder given"] = new("data prepare ml-1m --out @/out", 2, "ml-1m", "--raw DIR"),
        ["raw folder for the built-in world"] = new("data prepare built-in --raw @/ --out @/out", 2, "--raw", "leave it out"),
        ["world option for raw files"] = new("data prepare ml-1m --users 40 --raw @/ --out @/out", 2, "--users", "leave it out"),
        ["world too small"] = new("data prepare built-in --users 3 --out @/out", 2, "NumUsers", "at least 30"),
        ["a word for a number"] = new("data prepare built-in --users many --out @/out", 2, "'--users'", "thinkrec data prepare --help"),
        ["negative tolerance"] = new("data prepare ml-1m --raw @/ --max-bad -1 --out @/out", 2, "--max-bad", "0 or more"),
    };

    private static readonly Dictionary<string, Refusal> Folders = new()
    {
        ["no raw folder"] = new(PrepareMovieLens, 2, "/raw", "thinkrec data prepare --help"),
        ["no movies"] = Raw(("ratings.dat", Ratings), "movies.dat: there is no such file", "Give the folder"),
        ["no ratings"] = Raw(("movies.dat", Movies), "ratings.dat: there is no such file, nor ratings.dat.gz", "Give the folder"),
        ["cut ratings"] = Raw(("ratings.dat.gz", Cut(Zip(Ratings))), "ratings.dat.gz: ", "Download it again"),
        ["malformed rating"] = Raw(("ratings.dat", Text("1::1::5::1000000000\n1::2::3\n")), "ratings.dat:2: ", "expected 4 fields"),
        ["rating of an unknown movie"] = Raw(("ratings.dat", Text("1::9::5::1000000000\n")), "ratings.dat:1: ", "movies.dat"),
        ["no such log"] = new("data prepare csv --raw @/ --log a.csv --positive-from 4 --out @/out", 1, "/a.csv: there is no such file", "Name one of the raw folder"),
        ["no times"] = new("data prepare csv --raw @/a.csv --all-likes --out @/out", 1, "a.csv:1: none of the fields 'user, item'", "--file-order") { Files = new() { ["a.csv"] = Text("user,item\n1,1\n") } },
        ["neither ratings nor labels"] = new("data prepare csv --raw @/a.csv --file-order --out @/out", 1, "a.csv:1: none of the fields 'user, item'", "--all-likes") { Files = new() { ["a.csv"] = Text("user,item\n1,1\n") } },
        ["likes twice"] = new("data prepare csv --raw @/ --log a.csv --all-likes --positive-from 4 --out @/out", 2, "--all-likes and --positive-from", "leave one of them out"),
        ["times twice"] = new("data prepare csv --raw @/ --log a.csv --file-order --map item=a time=b --out @/out", 2, "--file-order and --map time=b", "leave one of them out"),
        ["visits elsewhere"] = new("data prepare yelp --raw @/ --all-likes --out @/out", 2, "--all-likes has no meaning for yelp", "leave it out"),
        ["likes unknown"] = new("data prepare csv --raw @/a.csv --out @/out", 1, "a.csv:1: ", "--positive-from RATING") { Files = new() { ["a.csv"] = Text("user,item,rating,time\n1,1,5,1\n") } },
        ["malformed review"] = new("data prepare yelp --raw @/ --out @/out", 1, "review.json:1: ", "expected a JSON object") { Files = new() { ["review.json"] = Text("{\n") } },
        ["meta alone"] = new("data prepare amazon --raw @/ --out @/out", 1, "/Toys.json: there is no such file", "download the reviews too") { Files = new() { ["meta_Toys.json"] = Text("{}\n") } },
        ["foreign files in the way"] = World("@/out", "/out is not empty", "Choose another folder") with { Files = new() { ["out/thesis.tex"] = [1] } },
        ["foreign file beside a dataset"] = World("@/out", "'thesis.tex'", "Move it away") with
        {
            Arrange = async folder =>
            {
                await PrepareAsync(folder);
                File.WriteAllText(folder.File("out/thesis.tex"), "x");
            },
        },
        ["a file in the way"] = World("@/out", "/out is a file", "Choose another name") with { Files = new() { ["out"] = [1] } },
        ["folder below a file"] = World("@/file/x", "/file is a file", "Choose another folder") with { Files = new() { ["file"] = [1] } },
        ["no card"] = new("data describe @/out", 1, "/out/dataset.json", "thinkrec data prepare") { Files = new() { ["out/"] = [] } },
        ["cut card"] = Prepared("dataset.json", card => card[..(card.Length / 2)], "dataset.json:", "Prepare the dataset again"),
        ["changed file"] = Prepared("built-in.item", text => text + "x\n", "built-in.item: expected SHA-256", "Prepare the dataset again"),
        ["wrong column"] = Resealed("built-in.inter", text => text.Replace("rating:float", "stars:float"), "built-in.inter:1: ", "Rename or reorder the columns"),
        ["wrong label"] = Resealed("built-in.inter", text => text[..^1] + "\nu0001\tm0001\t3\t2\t1\ttrain\n", "built-in.inter:", "expected label 0 or 1"),
    };

    private static readonly Dictionary<string, Refusal> Predictions = new()
    {
        ["no file"] = new(Measure, 2, "p.csv", "thinkrec metrics --help"),
        ["empty file"] = Csv("", "p.csv: ", "expected a header with user_id, label and score"),
        ["header only"] = Csv("user_id,label,score\n", "p.csv: ", "expected rows after the header"),
        ["missing column"] = Csv("user_id,label\n1,1\n", "p.csv:1: ", "expected a header with the column 'score'"),
        ["NaN score"] = Csv("user_id,label,score\n1,1,NaN\n", "p.csv:2: column score", "expected a finite number"),
        ["label 2"] = Csv("user_id,label,score\n1,0,0.5\n1,2,0.5\n", "p.csv:3: column label", "expected 0 or 1"),
        ["a field too many"] = Csv("user_id,label,score\n1,0,0.5,7\n", "p.csv:2: ", "expected 3 fields"),
        ["not text"] = new(Measure, 1, "p.csv: ", "Save the file as UTF-8") { Files = new() { ["p.csv"] = [.. Text("user_id,label,score\n"), 0xff] } },
    };

    public static TheoryData<string> Cases { get; } = [.. All().Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public Task Is_refused_with_one_line_and_changes_nothing(string what) => All()[what].CheckAsync();

    [Fact]
    public async Task A_full_disk_is_told_and_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        Outcome mount = await Tool.FinishAsync(Process.Start(Tool.Captured("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.FullPath))!);
        Assert.SkipUnless(mount.ExitCode == 0, $"a small file system cannot be mounted: {mount.Error.Trim()}");
        try
        {
            Outcome outcome = await Tool.RunAsync("data", "prepare", "built-in", "--out", folder.File("out"));

            Refusal.AssertOneLine(outcome, 1, folder.FullPath, "Free some space");
            Assert.Empty(Refusal.Snapshot(folder.FullPath));
        }
        finally
        {
            await Tool.FinishAsync(Process.Start(Tool.Captured("umount", folder.FullPath))!);
        }
    }

    [Theory]
    [InlineData(400)]
    [InlineData(900)]
    [InlineData(1400)]
    public async Task An_interrupted_preparation_leaves_a_whole_dataset_or_nothing(int delayMs)
    {
        using var folder = new TemporaryFolder();
        Process process = Tool.Start("data", "prepare", "built-in", "--users", "4000", "--out", folder.File("out"));
        await Task.Delay(delayMs, TestContext.Current.CancellationToken);

        await Tool.FinishAsync(Process.Start(Tool.Captured("kill", "-s", "INT", $"{process.Id}"))!);

        Outcome outcome = await Tool.FinishAsync(process);
        if (outcome.ExitCode == 0)
        {
            Assert.Equal(["out"], Directory.EnumerateFileSystemEntries(folder.FullPath).Select(Path.GetFileName));
            Assert.Equal(0, (await Tool.RunAsync("data", "describe", folder.File("out"))).ExitCode);
        }
        else
        {
            // Without a word when the signal came before the tool was up.
            Assert.Equal(130, outcome.ExitCode);
            Assert.Empty(Refusal.Snapshot(folder.FullPath));
        }
    }

    private static Dictionary<string, Refusal> All() => new[] { Calls, Folders, Predictions }.SelectMany(group => group).ToDictionary();

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Cut(byte[] bytes) => bytes[..(bytes.Length * 2 / 3)];

    private static byte[] Zip(byte[] bytes)
    {
        var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return zipped.ToArray();
    }

    private static Refusal Csv(string text, string place, string remedy) =>
        new(Measure, 1, place, remedy) { Files = new() { ["p.csv"] = Text(text) } };

    private static Refusal World(string folder, string place, string remedy) => new($"{PrepareWorld} {folder}", 1, place, remedy);

    // A raw folder with one file of its own, and good movies where that is the ratings.
    private static Refusal Raw((string Name, byte[] Content) file, string place, string remedy) => new(PrepareMovieLens, 1, place, remedy)
    {
        Files = file.Name == "ratings.dat" && ReferenceEquals(file.Content, Ratings)
            ? new() { ["raw/ratings.dat"] = Ratings }
            : new() { ["raw/movies.dat"] = Movies, [$"raw/{file.Name}"] = file.Content },
    };

    private static async Task PrepareAsync(TemporaryFolder folder)
    {
        Outcome outcome = await Tool.RunAsync([.. PrepareWorld.Split(' '), folder.File("out")]);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
    }

    private static Refusal Prepared(string name, Func<string, string> change, string place, string remedy) =>
        new("data describe @/out", 1, place, remedy)
        {
            Arrange = async folder =>
            {
                await PrepareAsync(folder);
                File.WriteAllText(folder.File($"out/{name}"), change(File.ReadAllText(folder.File($"out/{name}"))));
            },
        };

    private static Refusal Resealed(string name, Func<string, string> change, string place, string remedy) =>
        new("data describe @/out", 1, place, remedy)
        {
            Arrange = async folder =>
            {
                await PrepareAsync(folder);
                Sealed.Change(folder.File("out"), name, change);
            },
        };
}
