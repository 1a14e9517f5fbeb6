using ThinkRec.Models.Collaborative;
using ThinkRec.TestKit;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Runs;

namespace ThinkRec.Training.Tests.Configuration;

public sealed class ShippedConfigurationTests
{
    private static readonly string[] All = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "configs"), "*.yaml", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(Repository.Root, f)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Files => [.. All.Where(f => !OfEncoder(f))];

    public static TheoryData<string> EncoderFiles => [.. All.Where(OfEncoder)];

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

    private static bool OfEncoder(string file) => Path.GetFileName(Path.GetDirectoryName(file)) == "encoders";
}
