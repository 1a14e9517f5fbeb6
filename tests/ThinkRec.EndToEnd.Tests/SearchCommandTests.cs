using System.Text.Json;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>A search over settings of ThinkRec's stages, as a user makes it.</summary>
[Collection(TrainedRun.Name)]
public sealed class SearchCommandTests(TrainedRun trained) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_search_shares_what_is_the_same_and_its_best_settings_train_to_its_best_trial()
    {
        File.WriteAllText(_folder.File("grid.yaml"), "grid: [{ key: thinking.optimization.maxEpochs, values: [1, 2] }]\n");
        string[] search = [.. trained.Train(_folder.File("search")), "--search", _folder.File("grid.yaml"), "--stage", "thinking", "--set", "thinking.optimization.stepsPerEpoch=10"];

        JsonElement found = JsonDocument.Parse(await TrainedRun.DoneAsync([.. search, "--json"])).RootElement;
        string again = await TrainedRun.DoneAsync([.. search, "--resume"]);

        int best = found.GetProperty("best").GetInt32();
        Assert.Equal(2, found.GetProperty("trials").GetArrayLength());
        Assert.Contains($"Chosen on the validation rows alone: trial {best:000}", again);
        string[] log = File.ReadAllLines(_folder.File("search/trials/002/metrics.jsonl"));
        Assert.All(log, line => Assert.Contains("\"stage\":\"thinking\"", line));
        string[] alone = ["train", "thinkrec", "--data", trained.Data, "--config", found.GetProperty("bestSettings").GetString()!, "--out", _folder.File("alone"), "--stage", "thinking"];
        await TrainedRun.DoneAsync(alone);
        const string Adapter = "adapters/global/adapter_model.safetensors";
        Assert.Equal(File.ReadAllBytes(_folder.File("alone/" + Adapter)), File.ReadAllBytes(_folder.File($"search/trials/{best:000}/{Adapter}")));
    }

    [Theory]
    [InlineData("grid: [{ key: thinking.optimization.learningRat, values: [1] }]", "", "unknown key 'thinking.optimization.learningRat', did you mean 'learningRate'?")]
    [InlineData("grid: [{ key: lora.targetModules, values: ['[query]', '[q_proj]'] }]", "", "query match no projection; have: q_proj")]
    [InlineData("grid: [{ key: experts.count, values: [1, 2] }]\nhalving: { firstEpochs: 1 }", "", "end the trials with --stage thinking or projector")]
    [InlineData("grid: [{ key: experts.count, values: [1, 2] }]", " --stage groups", "--stage groups has nothing that trials could be told apart by")]
    public Task A_search_that_cannot_be_made_is_refused(string grid, string more, string problem) =>
        new Refusal($"train thinkrec --config @/tiny.yaml --data {trained.Data} --out @/out --search @/grid.yaml{more}", 2, problem, "")
        {
            Files = new() { ["tiny.yaml"] = System.Text.Encoding.UTF8.GetBytes(TrainedRun.Yaml), ["grid.yaml"] = System.Text.Encoding.UTF8.GetBytes(grid) },
        }.CheckAsync();
}
