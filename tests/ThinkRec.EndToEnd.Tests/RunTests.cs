using System.Text.Json;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>A run from training to answers, as a user makes it.</summary>
[Collection(TrainedRun.Name)]
public sealed class RunTests(TrainedRun trained) : IDisposable
{
    private static readonly string[] Answers = ["Yes", "No"];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Training_leaves_all_its_products_and_no_checkpoint()
    {
        string[] adapters = [.. new[] { "global", "group-0", "group-1" }.SelectMany(name => new[] { $"adapters/{name}/adapter_config.json", $"adapters/{name}/adapter_model.safetensors" })];
        string[] models = [.. new[] { "llm", "llm-text" }.SelectMany(name => new[] { "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json" }.Select(file => $"{name}/{file}"))];
        string[] stages = [.. new[] { "encoder", "language", "behaviour", "thinking", "projector", "groups", "group-0", "group-1" }.Select(name => $"stages/{name}.json")];

        string[] expected =
        [
            .. adapters, .. models, .. stages, "encoder/config.json", "encoder/encoder.safetensors", "projector.safetensors", "experts.json", "reasons.jsonl",
            "resolved.yaml", "environment.json", "metrics.jsonl", "run.json",
        ];
        string[] files = [.. Directory.EnumerateFiles(trained.Run, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(trained.Run, file))];
        string events = Assert.Single(files, file => file.StartsWith("tensorboard/events.out.tfevents.", StringComparison.Ordinal));
        Assert.Equal(expected.Append(events).Order(StringComparer.Ordinal), files.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Json_files_say_what_was_trained()
    {
        JsonElement adapter = Json("adapters/group-1/adapter_config.json");
        Assert.Equal(("LORA", "CAUSAL_LM", 2, 4.0), (adapter.GetProperty("peft_type").GetString(), adapter.GetProperty("task_type").GetString(), adapter.GetProperty("r").GetInt32(), adapter.GetProperty("lora_alpha").GetDouble()));
        JsonElement experts = Json("experts.json");
        int[] sizes = [.. experts.GetProperty("sizes").EnumerateArray().Select(s => s.GetInt32())];
        Assert.Equal(sizes, experts.GetProperty("users").EnumerateArray().Select(u => u.GetArrayLength()));
        Assert.All(experts.GetProperty("centroids").EnumerateArray(), c => Assert.Equal(8, c.GetArrayLength()));
        Assert.Equal(1, experts.GetProperty("firstLayer").GetInt32());
        JsonElement[] log = [.. File.ReadLines(Path.Combine(trained.Run, "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["mf", "language", "behaviour", "thinking", "projector", "group-0", "group-1"], log.Select(l => l.GetProperty("stage").GetString()).Distinct());
        Assert.All(log.Where(l => l.GetProperty("kind").GetString() == "step"), l => Assert.True(double.IsFinite(l.GetProperty("loss").GetDouble())));
    }

    [Theory]
    [InlineData("test")]
    [InlineData("valid")]
    public async Task Metrics_of_the_written_predictions_are_those_of_the_evaluation(string split)
    {
        string predictions = _folder.File("p.csv");

        JsonElement evaluated = await JsonOf("evaluate", "--run", trained.Run, "--data", trained.Data, "--split", split, "--predictions", predictions);
        JsonElement measured = await JsonOf("metrics", "--predictions", predictions);

        foreach (string name in new[] { "AUC", "UAUC", "NDCG@5", "MAP@5" })
        {
            JsonElement one = evaluated.GetProperty("metrics").GetProperty(name), other = measured.GetProperty("metrics").GetProperty(name);
            Assert.All(["value", "low", "high"], (string key) => Assert.Equal(one.GetProperty(key).GetDouble(), other.GetProperty(key).GetDouble()));
        }

        Assert.Equal(evaluated.GetProperty("rows").GetInt32(), File.ReadLines(predictions).Count() - 1);
        Assert.InRange(evaluated.GetProperty("bestPossibleAuc").GetDouble(), 0.6, 1);
    }

    [Fact]
    public async Task Experts_change_the_scores()
    {
        Assert.NotEqual(await PredictionsAsync(trained.Run, "with.csv"), await PredictionsAsync(trained.Run, "without.csv", "--global-only"));
    }

    [Fact]
    public async Task Scores_of_items_are_those_of_the_recommendation()
    {
        JsonElement top = await JsonOf("recommend", "--run", trained.Run, "--data", trained.Data, "--user", "u0003", "--top", "4", "--explain");
        JsonElement[] items = [.. top.GetProperty("items").EnumerateArray()];
        string ids = string.Join(",", items.Select(i => i.GetProperty("itemId").GetString()));
        JsonElement scored = await JsonOf("score", "--run", trained.Run, "--data", trained.Data, "--user", "u0003", "--items", ids);

        double[] scores = [.. items.Select(i => i.GetProperty("score").GetDouble())];
        Assert.Equal(4, scores.Length);
        Assert.Equal(scores.OrderDescending(), scores);
        Assert.All(scored.GetProperty("items").EnumerateArray().Zip(scores), p => Assert.Equal(p.Second, p.First.GetProperty("score").GetDouble(), 1e-4));
        Assert.All(items, i => Assert.Equal(1 / (1 + Math.Exp(-i.GetProperty("score").GetDouble())), i.GetProperty("probability").GetDouble(), 1e-12));
        Assert.All(items, i => Assert.StartsWith(Answers[i.GetProperty("score").GetDouble() > 0 ? 0 : 1] + ".", i.GetProperty("reason").GetString()));
        Assert.All(items, i => Assert.Contains(i.GetProperty("reasonSource").GetString(), (string[])["Model", "Evidence"]));
        Assert.Equal(1, top.GetProperty("gate").GetProperty("weights").EnumerateArray().Sum(w => w.GetDouble()), 1e-5);
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_bytes_and_the_same_predictions()
    {
        await TrainedRun.DoneAsync(trained.Train(_folder.File("again")));

        await AssertSameAsync(_folder.File("again"));
    }

    [Fact]
    public async Task A_run_killed_twice_in_every_stage_goes_on_to_the_same_bytes_numbers_and_predictions()
    {
        string run = _folder.File("killed");
        var killing = new Killing(trained.Train(run), run);
        string[] stages = ["encoder", "language", "behaviour", "thinking", "projector", "group-0", "group-1"];
        foreach (string stage in stages)
        {
            await killing.BetweenCheckpointsAsync(stage);
            await killing.WhileWritingAsync(stage);
        }

        await killing.FinishAsync();

        Assert.Equal(stages, killing.Stages.Distinct());
        Assert.True(killing.HalfWritten > 0, "no kill met a checkpoint that was being written");
        TestContext.Current.TestOutputHelper?.WriteLine($"{killing.HalfWritten} kills left a half-written checkpoint");
        Assert.Equal(Killing.LogOf(trained.Run), Killing.LogOf(run));
        Assert.Equal(Results(trained.Run), Results(run));
        Assert.Equal(Files(trained.Run), Files(run));
        await AssertSameAsync(run);
    }

    // What must not depend on kills: everything but the time that a stage took.
    private static string[] Results(string run) =>
        [.. Directory.EnumerateFiles(Path.Combine(run, "stages")).Order(StringComparer.Ordinal).Select(file => string.Join('\n', File.ReadLines(file).Where(line => !line.Contains("\"seconds\"", StringComparison.Ordinal))))];

    private static IEnumerable<string> Files(string run) => Directory.EnumerateFiles(run, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(run, file)).Where(file => !file.StartsWith("tensorboard/", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    private async Task AssertSameAsync(string run)
    {
        string[] files = [.. Directory.EnumerateFiles(trained.Run, "*.safetensors", SearchOption.AllDirectories), Path.Combine(trained.Run, "experts.json")];
        Assert.True(files.Length >= 8);
        Assert.All(files, file => Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(run, Path.GetRelativePath(trained.Run, file)))));
        Assert.Equal(await PredictionsAsync(trained.Run, "one.csv"), await PredictionsAsync(run, "two.csv"));
    }

    private async Task<string> PredictionsAsync(string run, string name, params string[] more)
    {
        await TrainedRun.DoneAsync(["evaluate", "--run", run, "--data", trained.Data, "--split", "test", "--predictions", _folder.File(name), .. more]);
        return File.ReadAllText(_folder.File(name));
    }

    private JsonElement Json(string name) => JsonDocument.Parse(File.ReadAllText(Path.Combine(trained.Run, name))).RootElement;

    private static async Task<JsonElement> JsonOf(params string[] words) => JsonDocument.Parse(await TrainedRun.DoneAsync([.. words, "--json"])).RootElement;
}
