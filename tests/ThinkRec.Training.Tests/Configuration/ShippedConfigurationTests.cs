using ThinkRec.Models.Collaborative;
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
        ThinkRecConfig config = ConfigurationFile.Load<ThinkRecConfig>(Path.Combine(Repository.Root, file), []);

        Assert.Empty(ConfigurationFile.Problems(config));
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

    private static string? Folder(string file) => Path.GetFileName(Path.GetDirectoryName(file));
}
