namespace ThinkRec.Training.Configuration;

/// <summary>Reads a configuration file with the files it builds on: <c>base: FILE</c>, or a list of files of which later ones win; its own values win over all.</summary>
internal sealed class YamlBases
{
    private const string Key = "base";
    private const int MaxDepth = 8;
    private readonly List<string> _problems;
    private readonly List<string> _open = [];

    private YamlBases(List<string> problems) => _problems = problems;

    /// <summary>Reads a file and everything below it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problems">What is wrong is added here.</param>
    /// <returns>All values, or null where there are problems.</returns>
    internal static YamlMap? Read(string path, List<string> problems)
    {
        YamlMap? map = new YamlBases(problems).Read(Path.GetFullPath(path), "");
        return problems.Count == 0 ? map : null;
    }

    /// <summary>Puts the values of one map over those of another; maps are joined, everything else is replaced.</summary>
    internal static YamlMap Over(YamlMap below, YamlMap above)
    {
        var entries = new Dictionary<string, (YamlValue Value, string Place)>(below.Entries);
        foreach ((string key, (YamlValue value, string place)) in above.Entries)
        {
            bool joins = value is YamlMap && entries.TryGetValue(key, out var under) && under.Value is YamlMap;
            entries[key] = (joins ? Over((YamlMap)entries[key].Value, (YamlMap)value) : value, place);
        }

        return new YamlMap(entries, above.Place);
    }

    private YamlMap? Read(string path, string of)
    {
        YamlMap? map = YamlReader.ReadMap(ConfigurationFile.ReadText(path), _problems, of);
        if (map is null || !map.Entries.Remove(Key, out var named))
        {
            return map;
        }

        _open.Add(path);
        foreach (YamlScalar name in Names(named.Value).Reverse())
        {
            map = Below(name, Path.GetDirectoryName(path)!) is YamlMap below ? Over(below, map) : map;
        }

        _open.RemoveAt(_open.Count - 1);
        return map;
    }

    private YamlMap? Below(YamlScalar name, string folder)
    {
        string path = Path.GetFullPath(name.Text, folder);
        string? problem = _open.Contains(path) ? $"{path} builds on itself: {string.Join(" -> ", _open.SkipWhile(open => open != path).Append(path).Select(Path.GetFileName))}"
            : _open.Count >= MaxDepth ? $"files build on each other more than {MaxDepth} deep"
            : !File.Exists(path) ? $"there is no file {path}; a base is named relative to the file that names it"
            : null;
        if (problem is null)
        {
            return Read(path, $" of {name.Text}");
        }

        _problems.Add($"{name.Place}: {Key}: {problem}");
        return null;
    }

    private IEnumerable<YamlScalar> Names(YamlValue value)
    {
        YamlValue[] all = value is YamlList list ? [.. list.Items] : [value];
        foreach (YamlValue other in all.Where(v => v is not YamlScalar { IsNull: false }))
        {
            _problems.Add($"{other.Place}: {Key} must be a file, or a list of files, but is {Binder.Found(other)}");
        }

        return all.OfType<YamlScalar>().Where(v => !v.IsNull);
    }
}
