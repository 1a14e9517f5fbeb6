using System.Text.Json;
using ThinkRec.Text.Normalization;
using ThinkRec.Text.Splitting;

namespace ThinkRec.Text.Formats;

/// <summary>Reads the pre-tokenizer of a tokenizer.json: splitters, and what it changes in the text before.</summary>
internal sealed class JsonSplitters(JsonSource source)
{
    private const int MaxSteps = 16;
    private int _steps;

    /// <summary>Whether pieces are encoded as bytes.</summary>
    public bool IsByteLevel { get; private set; }

    /// <summary>The splitters, in order.</summary>
    public List<Splitter> Splitters { get; } = [];

    /// <summary>Changes to make before splitting.</summary>
    public List<Normalizer> Normalizers { get; } = [];

    /// <summary>Reads all; nothing when there is no pre-tokenizer.</summary>
    public void Read(JsonElement root)
    {
        if (JsonSource.Optional(root, "pre_tokenizer") is { } element)
        {
            Add(element, "pre_tokenizer");
        }
    }

    /// <summary>The splitter of a published pattern, or of one that can be matched without going back; null for another.</summary>
    public static Splitter? ForPattern(string pattern) => pattern switch
    {
        Gpt2Scanner.Pattern => new Gpt2Scanner(),
        Cl100kScanner.Llama3Pattern => new Cl100kScanner(maxDigits: 3),
        Cl100kScanner.QwenPattern => new Cl100kScanner(maxDigits: 1),
        _ => RegexSplitter.TryCreate(pattern),
    };

    private void Add(JsonElement element, string key)
    {
        if (++_steps > MaxSteps)
        {
            throw source.Problem(key, $"more than the {MaxSteps} steps that are read.");
        }

        if (IsByteLevel)
        {
            throw source.Problem(key, "a step after ByteLevel is not supported; ByteLevel must be the last.");
        }

        switch (source.TypeOf(element, key))
        {
            case "Sequence":
                foreach (var (step, stepKey) in source.List(element, $"{key}.pretokenizers"))
                {
                    Add(step, stepKey);
                }

                break;
            case "ByteLevel":
                AddByteLevel(element, key);
                break;
            case "Split":
                Splitters.Add(Split(element, key));
                break;
            case "Digits":
                Splitters.Add(new DigitSplitter(source.Flag(element, $"{key}.individual_digits")));
                break;
            case "Metaspace":
                AddMetaspace(element, key);
                break;
            case "BertPreTokenizer":
                Splitters.Add(new BertSplitter());
                break;
            case var type:
                throw source.Problem(
                    $"{key}.type", $"'{type}' is not supported; ByteLevel, Split, Digits, Metaspace, BertPreTokenizer and sequences of these are.");
        }
    }

    private void AddByteLevel(JsonElement element, string key)
    {
        if (source.Flag(element, $"{key}.add_prefix_space", absent: true))
        {
            RequireFirst($"{key}.add_prefix_space", "a space before each piece");
            Normalizers.Add(new PrefixNormalizer(" ", unlessThere: true, onlyAtStart: false));
        }

        if (source.Flag(element, $"{key}.use_regex", absent: true))
        {
            Splitters.Add(new Gpt2Scanner());
        }

        IsByteLevel = true;
    }

    private Splitter Split(JsonElement element, string key)
    {
        var behavior = source.Text(source.Required(element, $"{key}.behavior", JsonValueKind.String), $"{key}.behavior");
        var isInverted = source.Flag(element, $"{key}.invert");
        var pattern = source.Required(element, $"{key}.pattern", JsonValueKind.Object);
        if (JsonSource.Optional(pattern, "String") is { } text)
        {
            var mark = source.Text(text, $"{key}.pattern.String");
            return mark.Length == 1 && behavior == "MergedWithNext" && !isInverted
                ? new MarkSplitter(mark[0], keepsRuns: false)
                : throw source.Problem($"{key}.pattern.String", "splitting at a text is only supported for one character with behavior 'MergedWithNext'.");
        }

        var regex = source.Text(source.Required(pattern, $"{key}.pattern.Regex", JsonValueKind.String), $"{key}.pattern.Regex");
        var splitter = ForPattern(regex) ?? throw source.Problem(
            $"{key}.pattern.Regex", $"the pattern '{(regex.Length <= 300 ? regex : regex[..300] + "…")}' is not one of the published patterns that are known, and cannot be "
            + "matched in linear time. Use a tokenizer with the pattern of GPT-2, Llama 3 or Qwen.");

        // The published patterns leave nothing between two matches.
        var leavesNothing = splitter is not RegexSplitter;
        return (behavior == "Isolated" && !isInverted) || (leavesNothing && (behavior == "Isolated" || (behavior == "Removed" && isInverted)))
            ? splitter
            : throw source.Problem($"{key}.behavior", $"'{JsonSource.Shorten(behavior)}' is not supported with this pattern; 'Isolated' is.");
    }

    private void AddMetaspace(JsonElement element, string key)
    {
        RequireFirst(key, "Metaspace");
        var mark = JsonSource.Optional(element, "replacement") is { } value ? source.Text(value, $"{key}.replacement") : "\u2581";
        if (mark != "\u2581")
        {
            throw source.Problem($"{key}.replacement", "only '▁' (U+2581) is supported.");
        }

        Normalizers.Add(TextNormalizer.Replacing(" ", mark));
        var scheme = JsonSource.Optional(element, "prepend_scheme") is { } name ? source.Text(name, $"{key}.prepend_scheme")
            : source.Flag(element, $"{key}.add_prefix_space", absent: true) ? "always" : "never";
        switch (scheme)
        {
            case "always" or "first":
                Normalizers.Add(new PrefixNormalizer(mark, unlessThere: true, onlyAtStart: scheme == "first"));
                break;
            case "never":
                break;
            default:
                throw source.Problem($"{key}.prepend_scheme", $"expected always, first or never but found '{JsonSource.Shorten(scheme)}'.");
        }

        if (source.Flag(element, $"{key}.split", absent: true))
        {
            Splitters.Add(new MarkSplitter(mark[0], keepsRuns: false));
        }
    }

    private void RequireFirst(string key, string what)
    {
        if (Splitters.Count > 0)
        {
            throw source.Problem(key, $"{what} after another splitting step is not supported.");
        }
    }
}
