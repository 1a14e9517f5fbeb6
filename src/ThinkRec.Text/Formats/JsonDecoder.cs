using System.Text.Json;
using ThinkRec.Text.Bpe;

namespace ThinkRec.Text.Formats;

/// <summary>Checks that the decoder of a tokenizer.json is the one that belongs to the spelling of its entries.</summary>
internal static class JsonDecoder
{
    /// <summary>Whether it drops a space at the beginning.</summary>
    public static bool DropsLeadingSpace(JsonSource source, JsonElement root, Spelling spelling)
    {
        if (JsonSource.Optional(root, "decoder") is not { } decoder)
        {
            return spelling == Spelling.WordPiece;
        }

        var steps = Steps(source, decoder, "decoder").ToList();
        var expected = spelling == Spelling.ByteLevel ? "ByteLevel" : spelling == Spelling.WordPiece ? "WordPiece" : "Replace, ByteFallback, Fuse, Strip";
        var types = string.Join(", ", steps.Select(step => step.Type));
        if (spelling == Spelling.ByteLevel)
        {
            return types == expected ? false : throw Unsupported();
        }

        if (spelling == Spelling.WordPiece)
        {
            return types == expected ? true : throw Unsupported();
        }

        switch (types)
        {
            case "Metaspace" or "ByteFallback, Metaspace" or "Metaspace, ByteFallback":
                var step = steps.First(step => step.Type == "Metaspace");
                return JsonSource.Optional(step.Element, "prepend_scheme") is { } scheme
                    ? source.Text(scheme, $"{step.Key}.prepend_scheme") != "never"
                    : source.Flag(step.Element, $"{step.Key}.add_prefix_space", absent: true);
            case "Replace, ByteFallback, Fuse" or "Replace, Fuse":
                CheckReplace(source, steps[0]);
                return false;
            case "Replace, ByteFallback, Fuse, Strip" or "Replace, Fuse, Strip":
                CheckReplace(source, steps[0]);
                return Strips(source, steps[^1]);
            default:
                throw Unsupported();
        }

        TokenizerFormatException Unsupported() => source.Problem(
            steps.Count == 1 ? "decoder.type" : "decoder", $"'{JsonSource.Shorten(types)}' is not supported with this model; '{expected}' is.");
    }

    private static IEnumerable<(string Type, JsonElement Element, string Key)> Steps(JsonSource source, JsonElement decoder, string key)
    {
        var type = source.TypeOf(decoder, key);
        return type != "Sequence"
            ? [(type, decoder, key)]
            : source.List(decoder, $"{key}.decoders").Select(step => (source.TypeOf(step.Element, step.Key), step.Element, step.Key));
    }

    private static void CheckReplace(JsonSource source, (string Type, JsonElement Element, string Key) step)
    {
        var pattern = source.Required(step.Element, $"{step.Key}.pattern", JsonValueKind.Object);
        var content = source.Required(step.Element, $"{step.Key}.content", JsonValueKind.String);
        if (JsonSource.Optional(pattern, "String") is not { } old || source.Text(old, step.Key) != "\u2581" || source.Text(content, step.Key) != " ")
        {
            throw source.Problem(step.Key, "only '▁' (U+2581) replaced by a space is supported.");
        }
    }

    private static bool Strips(JsonSource source, (string Type, JsonElement Element, string Key) step)
    {
        var content = source.Text(source.Required(step.Element, $"{step.Key}.content", JsonValueKind.String), $"{step.Key}.content");
        var start = source.Id(source.Required(step.Element, $"{step.Key}.start", JsonValueKind.Number), $"{step.Key}.start", 2);
        var stop = source.Id(source.Required(step.Element, $"{step.Key}.stop", JsonValueKind.Number), $"{step.Key}.stop", 1);
        return content == " " ? start > stop : throw source.Problem($"{step.Key}.content", "only a space is supported.");
    }
}
