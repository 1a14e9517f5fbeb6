using System.CommandLine;
using ThinkRec.Training.Configuration;

namespace ThinkRec.Cli.Commands;

/// <summary>The options <c>--config</c> and <c>--set</c> of commands that train.</summary>
internal sealed class ConfigurationOptions
{
    /// <summary>Makes the options.</summary>
    /// <param name="example">A value that <c>--set</c> may change, for the help.</param>
    internal ConfigurationOptions(string example) =>
        Set = new("--set") { Description = $"Overrides one value, such as {example}.", HelpName = "KEY=VALUE", DefaultValueFactory = _ => [] };

    internal Option<FileInfo?> Config { get; } = new("--config") { Description = "YAML file; what it leaves out keeps its default.", HelpName = "FILE" };

    internal Option<string[]> Set { get; }

    /// <summary>Reads the file, or takes the defaults, and applies the overrides.</summary>
    internal T Load<T>(ParseResult call) where T : class => Load<T>(call, []);

    /// <summary>Reads the file, or takes the defaults, and applies the overrides and then some changes.</summary>
    /// <param name="call">The call.</param>
    /// <param name="changes">Values that win over file and overrides.</param>
    /// <param name="defaults">Values that both win over; null for none.</param>
    internal T Load<T>(ParseResult call, IReadOnlyList<string> changes, IReadOnlyList<string>? defaults = null) where T : class
    {
        string[] overrides = [.. call.GetValue(Set)!, .. changes];
        return call.GetValue(Config) is FileInfo file
            ? ConfigurationFile.Load<T>(file.FullName, overrides, defaults)
            : ConfigurationFile.LoadText<T>("", "the defaults", overrides, defaults);
    }
}
