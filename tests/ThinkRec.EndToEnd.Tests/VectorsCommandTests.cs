using System.Text;
using System.Text.Json;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>Vectors out of a run and into one, as a user does it.</summary>
[Collection(TrainedRun.Name)]
public sealed class VectorsCommandTests(TrainedRun trained) : IDisposable
{
    private const string Import = "vectors import --data @data --users @/users.txt --items @/items.txt --out @/out";
    private const string Header = "id:token\temb:float_seq\n";

    private static readonly Dictionary<string, Refusal> Bad = new()
    {
        ["no such file"] = new(Import, 1, "/users.txt: there is no such file", "Name a file with vectors of users"),
        ["binary"] = Files([0xff, 0xfe, 0, 1], "", "users.txt:1: expected UTF-8 text", "or as .safetensors"),
        ["a vector cut"] = Files(Header + "u0001\t1 2\nu0002\t1", Header + "m0001\t1 2\n", "users.txt:3: expected 2 numbers for id 'u0002' but found 1", "Was the file cut"),
        ["NaN"] = Files(Header + "u0001\t1 2\n", "1 2\nm0001 1 nan\n", "items.txt:2: number 2 of id 'm0001' is NaN", "train again"),
        ["twice"] = Files(Header + "u0001\t1\nu0001\t2\n", Header + "m0001\t1\n", "users.txt:3: id 'u0001' is there twice, first on line 2", "Keep one"),
        ["other lengths"] = Files(Header + "u0001\t1\n", Header + "m0001\t1 2\n", "vectors of users have 1 numbers and those of items 2", "give files of one training") with { ExitCode = 2 },
        ["exchanged"] = Files(Header + "m0001\t1\n", Header + "u0001\t1\n", "none of its 1 ids is among the users of dataset 'built-in'", "were --users and --items exchanged?") with { ExitCode = 2 },
        ["a folder in use"] = Files(Header + "u0001\t1\n", Header + "m0001\t1\n", "/run is not empty", "Choose another folder") with { Call = Import.Replace("@/out", "@run", StringComparison.Ordinal) },
        ["unknown format"] = new("vectors export --run @run --data @data --out @/out --format csv", 2, "'csv'", "thinkrec vectors export --help"),
        ["export into a folder in use"] = new("vectors export --run @run --data @data --out @run", 1, "/run is not empty", "Choose another folder"),
        ["export of no run"] = new("vectors export --run @/none --data @data --out @/out", 2, "/none has 1 problem: there is no run.json", "thinkrec train"),
        ["folds without fold-in"] = new("train mf --data @data --out @/out --set folds=2 --set encoder.foldIn=false", 2, "foldIn is false", "set foldIn to true, or folds to 0"),
        ["folds that are not there"] = new("train thinkrec --data @data --out @/out --set encoder.run=@run --set encoder.folds=2", 1, "/run/encoder-folds-2/0 is not there", "Train it with folds: 2"),
    };

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Cases { get; } = [.. Bad.Keys];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Is_refused_with_one_line_and_changes_nothing(string what) => await (Bad[what] with
    {
        Call = Bad[what].Call.Replace("@data", trained.Data, StringComparison.Ordinal).Replace("@run", trained.Run, StringComparison.Ordinal),
    }).CheckAsync();

    [Fact]
    public async Task Vectors_of_a_whole_run_come_back_as_a_run_that_can_be_measured_and_trained_on()
    {
        JsonElement exported = await JsonOf("vectors", "export", "--run", trained.Run, "--data", trained.Data, "--out", _folder.File("out"), "--until", "train");
        Assert.Equal((40, 8, 7), (exported.GetProperty("users").GetInt32(), exported.GetProperty("vectorSize").GetInt32(), exported.GetProperty("files").GetArrayLength()));

        JsonElement imported = await JsonOf(
            "vectors", "import", "--data", trained.Data, "--users", _folder.File("out/vectors.safetensors"), "--items", _folder.File("out/built-in.itememb"), "--out", _folder.File("run"));
        Assert.Equal((40, 0, 0), (Count("known"), Count("missing"), Count("unknown")));

        JsonElement evaluated = await JsonOf("evaluate", "--run", _folder.File("run"), "--data", trained.Data);
        Assert.Equal("imported", evaluated.GetProperty("method").GetString());
        await TrainedRun.DoneAsync([.. trained.Train(_folder.File("whole")), "--set", $"encoder.run={_folder.File("run")}", "--stage", "encoder"]);
        Assert.Equal(Weights("run"), Weights("whole"));

        int Count(string name) => imported.GetProperty("users").GetProperty(name).GetInt32();
    }

    private byte[] Weights(string run) => File.ReadAllBytes(_folder.File($"{run}/encoder/encoder.safetensors"));

    private static Refusal Files(string users, string items, string place, string remedy) => Files(Encoding.UTF8.GetBytes(users), items, place, remedy);

    private static Refusal Files(byte[] users, string items, string place, string remedy) =>
        new(Import, 1, place, remedy) { Files = new() { ["users.txt"] = users, ["items.txt"] = Encoding.UTF8.GetBytes(items) } };

    private static async Task<JsonElement> JsonOf(params string[] words) => JsonDocument.Parse(await TrainedRun.DoneAsync([.. words, "--json"])).RootElement;
}
