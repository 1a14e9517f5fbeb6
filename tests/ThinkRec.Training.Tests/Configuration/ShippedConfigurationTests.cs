using ThinkRec.Models.Collaborative;
using ThinkRec.Models.Reasoning;
using ThinkRec.TestKit;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Runs;
using ThinkRec.Training.Search;

namespace ThinkRec.Training.Tests.Configuration;

public sealed class ShippedConfigurationTests
{
    private static readonly string[] All = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "configs"), "*.yaml", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(Repository.Root, f)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Files => [.. All.Where(f => Folder(f) is not "encoders" and not "search")];

    public static TheoryData<string> EncoderFiles => [.. All.Where(f => Folder(f) == "encoders")];

    public static TheoryData<string> SearchFiles => [.. All.Where(f => Folder(f) == "search")];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_shipped_configuration_loads_and_is_sound(string file)
    {
        foreach (string method in Methods.OfLanguageModels)
        {
            var plan = MethodPlan.Of(method);
            ThinkRecConfig config = plan.Resolve(ConfigurationFile.Load<ThinkRecConfig>(Path.Combine(Repository.Root, file), [LanguageModel(file)], plan.Defaults));

            Assert.Empty(ConfigurationFile.Problems(config));
        }
    }

    [Theory]
    [InlineData("ml-1m")]
    [InlineData("yelp")]
    [InlineData("book")]
    public void A_dataset_of_the_paper_has_every_method_as_published_and_corrected(string dataset)
    {
        ThinkRecConfig corrected = Preset($"{dataset}/corrected.yaml", Methods.ThinkRec), published = Preset($"{dataset}/as-published/thinkrec.yaml", Methods.ThinkRec);

        Assert.Equal([.. Methods.OfLanguageModels.Order(StringComparer.Ordinal)], All.Where(f => f.StartsWith($"configs/{dataset}/as-published/", StringComparison.Ordinal)).Select(Path.GetFileNameWithoutExtension));
        Assert.True(corrected.Experts.Optimization.RateAt(29_999, 800) < corrected.Experts.Optimization.RateAt(200, 800));
        Assert.Equal(8e-5, published.Experts.Optimization.RateAt(23_999, 800), 1e-8);
        Assert.Equal((ScoreRule.Yes, ScoreRule.YesMinusNo), (published.Score, corrected.Score));
        Assert.Equal((false, true), (published.Prompt.BeginToken, corrected.Prompt.BeginToken));
        Assert.Equal((false, true), (published.Thinking.Objective.EndToken, corrected.Thinking.Objective.EndToken));
        Assert.True(published.Prompt.InferenceTemplate != null && corrected.Prompt.InferenceTemplate is null);
        foreach (ThinkRecConfig config in new[] { corrected, published })
        {
            Assert.Equal((8, 16.0, 0.05), (config.Lora.Rank, config.Lora.Alpha, config.Lora.Dropout));
            Assert.Equal((0.1, 0.9, 0.9, 0.1), (config.Thinking.Objective.Alpha, config.Thinking.Objective.Beta, config.Thinking.Objective.Theta, config.Thinking.Objective.Gamma));
            Assert.Equal((1, 800, 50, 15), (config.Thinking.Optimization.BatchSize, config.Thinking.Optimization.StepsPerEpoch, config.Thinking.Optimization.MaxEpochs, config.Thinking.Optimization.Patience));
            Assert.Equal(1e-5, config.Thinking.Optimization.RateAt(0, 800), 1e-9);
            Assert.Equal((ProjectorShape.Mlp, 8, 0.1), (config.Projector.Shape, config.Experts.LastLayers, config.Experts.Temperature));
        }

        static ThinkRecConfig Preset(string name, string method) =>
            ConfigurationFile.Load<ThinkRecConfig>(Path.Combine(Repository.Root, "configs", name), ["llm.path=llama"], MethodPlan.Of(method).Defaults);
    }

    [Theory]
    [MemberData(nameof(EncoderFiles))]
    public void Every_shipped_configuration_of_an_encoder_loads_and_is_sound(string file)
    {
        EncoderRunConfig config = ConfigurationFile.Load<EncoderRunConfig>(Path.Combine(Repository.Root, file), []);
        EncoderMethod method = Enum.GetValues<EncoderMethod>().Single(m => Methods.Of(m) == Path.GetFileNameWithoutExtension(file));

        Assert.Empty(ConfigurationFile.Problems(config with { Encoder = config.Encoder with { Method = method } }));
    }

    [Theory]
    [MemberData(nameof(SearchFiles))]
    public void Every_combination_of_a_shipped_search_can_be_trained(string file)
    {
        string encoder = Path.Combine(Repository.Root, "configs", "ml-1m", "encoders", Path.GetFileName(file));
        EncoderMethod method = Enum.GetValues<EncoderMethod>().Single(m => Methods.Of(m) == Path.GetFileNameWithoutExtension(file));
        SearchGrid grid = ConfigurationFile.Load<SearchGrid>(Path.Combine(Repository.Root, file), []);

        SearchPlan<EncoderRunConfig> plan = SearchPlan.Resolve(grid, file, changes =>
        {
            EncoderRunConfig config = ConfigurationFile.Load<EncoderRunConfig>(encoder, changes);
            return config with { Encoder = config.Encoder with { Method = method } };
        });

        Assert.Equal(grid.Grid.Aggregate(1, (count, key) => count * key.Values.Count), plan.Trials.Count);
    }

    // The paper's presets are for a model folder that the user has.
    private static string LanguageModel(string file) => $"llm.path={(file.Contains("nano", StringComparison.Ordinal) || file.Contains("demo", StringComparison.Ordinal) ? "null" : "llama")}";

    private static string? Folder(string file) => Path.GetFileName(Path.GetDirectoryName(file));
}
