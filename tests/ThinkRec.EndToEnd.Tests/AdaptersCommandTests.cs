using System.Text.Json;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>Adapters out of a run, as a user takes them elsewhere.</summary>
[Collection(TrainedRun.Name)]
public sealed class AdaptersCommandTests(TrainedRun trained) : IDisposable
{
    private const string Export = "adapters export --run @run --data @data --out @/out";

    private static readonly Dictionary<string, Refusal> Bad = new()
    {
        ["unknown user"] = new(Export + " --user nobody", 2, "has no user 'nobody'", "the first is 'u"),
        ["a folder in use"] = new(Export.Replace("@/out", "@run", StringComparison.Ordinal), 1, "/run is not empty", "Choose another folder"),
        ["no run"] = new(Export.Replace("@run", "@/none", StringComparison.Ordinal), 2, "/none has 1 problem: there is no run.json", "thinkrec train"),
        ["merge with no adapter"] = new("adapters merge --model @run/llm --adapter @/none --out @/out", 1, "/none/adapter_config.json", "An adapter folder holds"),
        ["merge into another model"] = new("adapters merge --model @run/encoder --adapter @run/adapters/global --out @/out", 1, "/run/encoder/config.json", ""),
        ["merge into a folder in use"] = new("adapters merge --model @run/llm --adapter @run/adapters/global --out @run", 1, "/run is not empty", "Choose another folder"),
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
    public async Task The_adapter_of_a_user_is_a_plain_one_and_that_of_nobody_is_the_global_one()
    {
        string[] export = ["adapters", "export", "--run", trained.Run, "--data", trained.Data, "--json"];
        JsonElement user = JsonDocument.Parse(await TrainedRun.DoneAsync([.. export, "--out", _folder.File("user"), "--user", "u0001"])).RootElement;
        JsonElement nobody = JsonDocument.Parse(await TrainedRun.DoneAsync([.. export, "--out", _folder.File("nobody")])).RootElement;

        Assert.Equal(user.GetProperty("branch").GetString() == "Fused" ? 4 : 2, user.GetProperty("rank").GetInt32());
        Assert.Equal(("Global", 2), (nobody.GetProperty("branch").GetString(), nobody.GetProperty("rank").GetInt32()));
        JsonElement config = JsonDocument.Parse(File.ReadAllText(_folder.File("user/adapter_config.json"))).RootElement;
        Assert.Equal(user.GetProperty("rank").GetInt32(), config.GetProperty("r").GetInt32());
        Assert.True(File.Exists(Path.Combine(config.GetProperty("base_model_name_or_path").GetString()!, "model.safetensors")));

        string merged = await TrainedRun.DoneAsync("adapters", "merge", "--model", Path.Combine(trained.Run, "llm"), "--adapter", _folder.File("user"), "--out", _folder.File("merged"));
        Assert.Contains("4 of ", merged, StringComparison.Ordinal);
        await TrainedRun.DoneAsync("llm", "inspect", "--model", _folder.File("merged"));
    }
}
