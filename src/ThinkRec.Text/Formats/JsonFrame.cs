using System.Text.Json;

namespace ThinkRec.Text.Formats;

/// <summary>Reads the post-processor of a tokenizer.json: the tokens before and after a whole text.</summary>
internal static class JsonFrame
{
    private const int MaxTokens = 64;

    /// <summary>Reads them; none when there is no post-processor, or one that adds nothing.</summary>
    /// <param name="source">The file.</param>
    /// <param name="root">Its root.</param>
    /// <param name="added">The added tokens; only these can be in a frame.</param>
    public static (List<int> Before, List<int> After) Read(JsonSource source, JsonElement root, IReadOnlyList<AddedToken> added)
    {
        (List<int> Before, List<int> After) frame = ([], []);
        if (JsonSource.Optional(root, "post_processor") is { } element)
        {
            Add(source, element, "post_processor", frame, added.ToDictionary(token => token.Content, token => token.Id, StringComparer.Ordinal));
        }

        return frame;
    }

    private static void Add(
        JsonSource source, JsonElement element, string key, (List<int> Before, List<int> After) frame, Dictionary<string, int> ids)
    {
        switch (source.TypeOf(element, key))
        {
            case "Sequence":
                foreach (var (step, stepKey) in source.List(element, $"{key}.processors"))
                {
                    Add(source, step, stepKey, frame, ids);
                }

                break;
            case "ByteLevel":
                break; // trims offsets, of which there are none here
            case "TemplateProcessing":
                AddTemplate(source, element, key, frame, ids);
                break;
            case "BertProcessing" or "RobertaProcessing":
                frame.Before.Add(IdOf(source, PairOf(source, element, $"{key}.cls"), $"{key}.cls", ids));
                frame.After.Add(IdOf(source, PairOf(source, element, $"{key}.sep"), $"{key}.sep", ids));
                break;
            case var type:
                throw source.Problem(
                    $"{key}.type", $"'{type}' is not supported; TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel and sequences of these are.");
        }
    }

    private static void AddTemplate(
        JsonSource source, JsonElement element, string key, (List<int> Before, List<int> After) frame, Dictionary<string, int> ids)
    {
        var isAfter = false;
        foreach (var (part, partKey) in source.List(element, $"{key}.single"))
        {
            source.Expect(part, partKey, JsonValueKind.Object);
            if (JsonSource.Optional(part, "Sequence") is not null)
            {
                isAfter = isAfter
                    ? throw source.Problem(partKey, "the text stands in the template twice.")
                    : true;
                continue;
            }

            var token = source.Required(part, $"{partKey}.SpecialToken", JsonValueKind.Object);
            var name = source.Required(token, $"{partKey}.SpecialToken.id", JsonValueKind.String);
            var tokens = isAfter ? frame.After : frame.Before;
            tokens.Add(IdOf(source, source.Text(name, partKey), partKey, ids));
            if (tokens.Count > MaxTokens)
            {
                throw source.Problem(partKey, $"more than the {MaxTokens} tokens that are read.");
            }
        }
    }

    private static string PairOf(JsonSource source, JsonElement element, string key)
    {
        var pair = source.Required(element, key, JsonValueKind.Array);
        return pair.GetArrayLength() == 2 ? source.Text(pair[0], key) : throw source.Problem(key, "expected a token and its id.");
    }

    private static int IdOf(JsonSource source, string content, string key, Dictionary<string, int> ids) => ids.TryGetValue(content, out var id)
        ? id
        : throw source.Problem(key, $"'{JsonSource.Shorten(content)}' is not in added_tokens.");
}
