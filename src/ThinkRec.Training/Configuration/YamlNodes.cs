namespace ThinkRec.Training.Configuration;

/// <summary>A value as read, with the place it came from: "line 3" or "--set a.b=1".</summary>
internal abstract record YamlValue(string Place);

/// <summary>A single value; a quoted one is always text.</summary>
internal sealed record YamlScalar(string Text, bool IsQuoted, string Place) : YamlValue(Place)
{
    /// <summary>Whether this is YAML's null.</summary>
    public bool IsNull => !IsQuoted && Text is "" or "~" or "null";
}

/// <summary>A list of values.</summary>
internal sealed record YamlList(IReadOnlyList<YamlValue> Items, string Place) : YamlValue(Place);

/// <summary>Keys with their values, and where each key stands.</summary>
internal sealed record YamlMap(Dictionary<string, (YamlValue Value, string Place)> Entries, string Place) : YamlValue(Place);
