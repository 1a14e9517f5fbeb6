using System.Text.Json;
using ThinkRec.Text.Normalization;

namespace ThinkRec.Text.Formats;

/// <summary>Reads the normalizer of a tokenizer.json.</summary>
internal sealed class JsonNormalizers(JsonSource source)
{
    private const int MaxSteps = 32;
    private const int MaxPrefix = 16;
    private readonly List<Normalizer> _steps = [];

    /// <summary>The steps, in order; none when there is no normalizer.</summary>
    public List<Normalizer> Read(JsonElement root)
    {
        if (JsonSource.Optional(root, "normalizer") is { } normalizer)
        {
            Add(normalizer, "normalizer");
        }

        return _steps;
    }

    private void Add(JsonElement element, string key)
    {
        var type = source.TypeOf(element, key);
        if (type == "Sequence")
        {
            foreach (var (step, stepKey) in source.List(element, $"{key}.normalizers"))
            {
                Add(step, stepKey);
            }

            return;
        }

        IEnumerable<Normalizer> steps = type switch
        {
            "NFC" => [TextNormalizer.FormC],
            "NFD" => [TextNormalizer.FormD],
            "Lowercase" => [TextNormalizer.Lowercase],
            "StripAccents" => [TextNormalizer.WithoutMarks],
            "Prepend" => [Prefix(element, $"{key}.prepend")],
            "Replace" => [Replacement(element, key)],
            "BertNormalizer" => Bert(element, key),
            _ => throw source.Problem($"{key}.type", $"'{type}' is not supported; NFC, NFD, Lowercase, StripAccents, Prepend, Replace of "
                + "a text, BertNormalizer and sequences of these are."),
        };
        _steps.AddRange(steps);
        if (_steps.Count > MaxSteps)
        {
            throw source.Problem(key, $"more than the {MaxSteps} steps that are read.");
        }
    }

    private PrefixNormalizer Prefix(JsonElement element, string key)
    {
        var prefix = source.Text(source.Required(element, key, JsonValueKind.String), key);
        return prefix.Length <= MaxPrefix
            ? new PrefixNormalizer(prefix, unlessThere: false, onlyAtStart: false)
            : throw source.Problem(key, $"a prefix has at most {MaxPrefix} characters, this one {prefix.Length}.");
    }

    private TextNormalizer Replacement(JsonElement element, string key)
    {
        var pattern = source.Required(element, $"{key}.pattern", JsonValueKind.Object);
        if (JsonSource.Optional(pattern, "String") is not { } old)
        {
            throw source.Problem($"{key}.pattern", "only a pattern that is a text ('String') is supported.");
        }

        var text = source.Text(old, $"{key}.pattern.String");
        var content = source.Text(source.Required(element, $"{key}.content", JsonValueKind.String), $"{key}.content");
        return text.Length > 0 && content.Length <= text.Length
            ? TextNormalizer.Replacing(text, content)
            : throw source.Problem($"{key}.content", "only a text that is no longer than the one it stands for is supported.");
    }

    private List<Normalizer> Bert(JsonElement element, string key)
    {
        var lowers = source.Flag(element, $"{key}.lowercase", absent: true);
        return BertSteps(
            source.Flag(element, $"{key}.clean_text", absent: true),
            source.Flag(element, $"{key}.handle_chinese_chars", absent: true),
            source.Flag(element, $"{key}.strip_accents", absent: lowers),
            lowers);
    }

    /// <summary>The steps of BERT's basic tokenizer.</summary>
    public static List<Normalizer> BertSteps(bool cleans, bool spacesIdeographs, bool stripsAccents, bool lowers)
    {
        List<Normalizer> steps = [new BertNormalizer(cleans, spacesIdeographs)];
        if (stripsAccents)
        {
            steps.Add(TextNormalizer.WithoutAccents);
        }

        if (lowers)
        {
            steps.Add(TextNormalizer.Lowercase);
        }

        return steps;
    }
}
