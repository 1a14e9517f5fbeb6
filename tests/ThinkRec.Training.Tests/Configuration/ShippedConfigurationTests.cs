using ThinkRec.TestKit;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Pipeline;

namespace ThinkRec.Training.Tests.Configuration;

public sealed class ShippedConfigurationTests
{
    public static TheoryData<string> Files =>
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "configs"), "*.yaml", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Repository.Root, f))];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_shipped_configuration_loads_and_is_sound(string file)
    {
        ThinkRecConfig config = ConfigurationFile.Load<ThinkRecConfig>(Path.Combine(Repository.Root, file), []);

        Assert.Empty(ConfigurationFile.Problems(config));
    }
}
