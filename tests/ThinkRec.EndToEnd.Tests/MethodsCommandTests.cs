using System.Text.Json;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>The methods beside ThinkRec, on the language model and the encoder of its run, as a user trains and asks them.</summary>
[Collection(TrainedRun.Name)]
public sealed class MethodsCommandTests(TrainedRun trained) : IDisposable
{
    private static readonly Dictionary<string, Refusal> Bad = new()
    {
        ["a stage of another method"] = new("train tallrec --data @data --out @/out --stage experts", 2, "--stage has 1 problem: tallrec has no stage experts", "have: llm, tuning"),
        ["soft prompts switched off"] = new("train prompt4nr --data @data --out @/out --set projector.enabled=false", 2, "prompt4nr without its soft prompts is tallrec", "train that"),
        ["a base that is not there"] = new("train tallrec --data @data --out @/out --config @/a.yaml", 2, "/a.yaml has 1 problem: line 1: base: there is no file", "relative to the file that names it") { Files = new() { ["a.yaml"] = "base: b.yaml"u8.ToArray() } },
        ["a base that goes round"] = new("train tallrec --data @data --out @/out --config @/a.yaml", 2, "line 1 of b.yaml: base: ", "builds on itself: a.yaml -> b.yaml -> a.yaml")
        {
            Files = new() { ["a.yaml"] = "base: b.yaml"u8.ToArray(), ["b.yaml"] = "base: a.yaml"u8.ToArray() },
        },
        ["a grouping encoder that is not there"] = new("train thinkrec --data @data --out @/out --set experts.groupBy=@/none", 1, "/none/encoder/config.json", ""),
        ["a search over a method"] = new("train collm --data @data --out @/out --search @/grid.yaml", 2, "--search tries settings of thinkrec or of an encoder (mf, ", "and collm is neither") { Files = new() { ["grid.yaml"] = "grid: []"u8.ToArray() } },
        ["another history for a trained run"] = new("evaluate --run @run --data @data --set prompt.historyLength=2", 2, "prompt.historyLength=2: a trained run can be asked with another", "train another run"),
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

    [Theory]
    [InlineData("tallrec", "tuning")]
    [InlineData("prompt4nr", "prompts,tuning")]
    [InlineData("collm", "encoder,tuning,projector")]
    public async Task A_method_trains_in_two_calls_and_answers(string method, string stages)
    {
        string run = _folder.File(method);
        File.WriteAllText(_folder.File("method.yaml"), $"base: {trained.Config}\nllm: {{ path: {trained.Run}/llm }}\nthinking: {{ optimization: {{ stepsPerEpoch: 10 }} }}\n"
            + "prompt: { template: \"{user_vector}Liked:{history}\\nNext:{target_vector}{target}\", item: \"\\n{title}:\" }\n");
        string[] train = ["train", method, "--config", _folder.File("method.yaml"), "--set", $"encoder.run={trained.Run}", "--data", trained.Data, "--out", run, "--json"];

        await TrainedRun.DoneAsync([.. train, "--stage", stages.Split(',')[0]]);
        JsonElement done = Json(await TrainedRun.DoneAsync([.. train, "--resume"]));
        JsonElement evaluated = Json(await TrainedRun.DoneAsync("evaluate", "--run", run, "--data", trained.Data, "--split", "test", "--json"));
        JsonElement best = Json(await TrainedRun.DoneAsync("recommend", "--run", run, "--data", trained.Data, "--user", "u0003", "--top", "3", "--explain", "--json"));
        JsonElement adapter = Json(await TrainedRun.DoneAsync("adapters", "export", "--run", run, "--data", trained.Data, "--user", "u0003", "--out", _folder.File("adapter"), "--json"));

        Assert.Equal(stages.Split(','), done.GetProperty("stages").EnumerateArray().Select(stage => stage.GetProperty("stage").GetString()));
        Assert.Contains($"{method} has no use for what the configuration says under", Assert.Single(done.GetProperty("notes").EnumerateArray()).GetString(), StringComparison.Ordinal);
        Assert.Equal(method, evaluated.GetProperty("method").GetString());
        Assert.InRange(evaluated.GetProperty("metrics").GetProperty("AUC").GetProperty("value").GetDouble(), 0.01, 0.99);
        Assert.Equal(3, best.GetProperty("items").GetArrayLength());
        Assert.Equal("Global", adapter.GetProperty("branch").GetString());
    }

    [Fact]
    public async Task A_run_can_be_evaluated_with_another_template()
    {
        string[] evaluate = ["evaluate", "--run", trained.Run, "--data", trained.Data, "--split", "test", "--json"];

        string own = await TrainedRun.DoneAsync(evaluate), other = await TrainedRun.DoneAsync([.. evaluate, "--set", "prompt.inferenceTemplate=\"Seen:{history}\\nNow:{target}\""]);

        Assert.NotEqual(Json(own).GetProperty("metrics").ToString(), Json(other).GetProperty("metrics").ToString());
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
