using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ThinkRec.Training.Configuration;

/// <summary>Turns YAML text into values with places; refuses anchors, aliases, tags, duplicate keys and deep nesting.</summary>
internal sealed class YamlReader
{
    private const int MaxDepth = 32;
    private readonly IParser _parser;
    private readonly string? _place;
    private readonly string _of;
    private readonly List<string> _problems;

    private YamlReader(IParser parser, string? place, string of, List<string> problems) =>
        (_parser, _place, _of, _problems) = (parser, place, of, problems);

    /// <summary>Reads a text that holds one map; null where it cannot be read at all.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="problems">What is wrong is added here.</param>
    /// <param name="of">What follows the line in places, such as <c> of base.yaml</c>.</param>
    public static YamlMap? ReadMap(string text, List<string> problems, string of = "")
    {
        YamlValue? value = ReadValue(text, place: null, of, problems);
        switch (value)
        {
            case YamlMap map:
                return map;
            case YamlScalar { IsNull: true }:
                return new YamlMap([], "line 1" + of);
            case null:
                return null;
            default:
                problems.Add($"{value.Place}: expected a map of keys but found {Binder.Found(value)}");
                return null;
        }
    }

    /// <summary>Applies one <c>a.b=value</c> to a map, making the maps on the way.</summary>
    public static void Override(YamlMap root, string change, List<string> problems)
    {
        string place = $"--set {change}";
        int equals = change.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1)
        {
            problems.Add($"{place}: expected KEY=VALUE, such as --set optimizer.learningRate=1e-4");
            return;
        }

        YamlValue? value = ReadValue(change[(equals + 1)..], place, "", problems);
        if (value is null)
        {
            return;
        }

        string[] path = change[..equals].Trim().Split('.');
        YamlMap map = root;
        for (int i = 0; i < path.Length - 1; i++)
        {
            // A key that the type does not have is reported once, by the binder, at this place.
            if (!map.Entries.TryGetValue(path[i], out var entry) || entry.Value is not YamlMap next)
            {
                map.Entries[path[i]] = (next = new YamlMap([], place), place);
            }

            map = next;
        }

        map.Entries[path[^1]] = (value, place);
    }

    private static YamlValue? ReadValue(string text, string? place, string of, List<string> problems)
    {
        int before = problems.Count;
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (parser.TryConsume<StreamEnd>(out _))
            {
                return new YamlScalar("", false, place ?? "line 1" + of);
            }

            parser.Consume<DocumentStart>();
            YamlValue value = new YamlReader(parser, place, of, problems).Read(0);
            parser.Consume<DocumentEnd>();
            if (parser.Accept<DocumentStart>(out var second))
            {
                problems.Add($"{place ?? Line(second) + of}: expected one YAML document but a second begins");
            }

            return problems.Count == before ? value : null;
        }
        catch (YamlException exception)
        {
            string said = exception.InnerException?.Message ?? exception.Message;
            problems.Add($"{place ?? $"line {exception.Start.Line}{of}"}: this is not YAML: {said.TrimEnd('.')}");
            return null;
        }
    }

    private YamlValue Read(int depth)
    {
        ParsingEvent next = _parser.Current!;
        string place = _place ?? Line(next) + _of;
        if (depth > MaxDepth)
        {
            throw new YamlException(next.Start, next.End, $"maps and lists are nested more than {MaxDepth} deep");
        }

        if (next is AnchorAlias or NodeEvent { Anchor.IsEmpty: false })
        {
            throw new YamlException(next.Start, next.End, "anchors (&) and aliases (*) are not supported, write the value out");
        }

        if (next is NodeEvent { Tag: { IsEmpty: false, IsNonSpecific: false } })
        {
            throw new YamlException(next.Start, next.End, "tags (!) are not supported");
        }

        if (_parser.TryConsume<Scalar>(out Scalar? scalar))
        {
            return new YamlScalar(scalar.Value, scalar.Style != ScalarStyle.Plain, place);
        }

        return _parser.TryConsume<SequenceStart>(out _) ? ReadList(depth, place) : ReadMap(depth, place);
    }

    private YamlList ReadList(int depth, string place)
    {
        List<YamlValue> items = [];
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(Read(depth + 1));
        }

        return new YamlList(items, place);
    }

    private YamlMap ReadMap(int depth, string place)
    {
        _parser.Consume<MappingStart>();
        Dictionary<string, (YamlValue, string Place)> entries = [];
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            YamlValue key = Read(depth + 1);
            YamlValue value = Read(depth + 1);
            if (key is not YamlScalar name)
            {
                _problems.Add($"{key.Place}: expected a key but found {Binder.Found(key)}");
            }
            else if (entries.TryGetValue(name.Text, out var first))
            {
                _problems.Add($"{key.Place}: the key '{name.Text}' was given already ({first.Place})");
            }
            else
            {
                entries.Add(name.Text, (value, key.Place));
            }
        }

        return new YamlMap(entries, place);
    }

    private static string Line(ParsingEvent parsed) => $"line {parsed.Start.Line}";
}
