using System.Text.Json;

namespace ThinkRec.Text.Bpe;

/// <summary>Refuses tokenizer files that would encode text differently from byte-level BPE as in GPT-2.</summary>
internal static class SupportedKind
{
    /// <summary>Throws unless normalizer, pre-tokenizer, decoder and model are those that are implemented.</summary>
    public static void Check(JsonSource source, JsonElement root)
    {
        if (JsonSource.Optional(root, "normalizer") is { } normalizer)
        {
            throw source.Problem("normalizer", $"{TypeOf(source, normalizer, "normalizer")} is not supported; "
                + "only tokenizers without a normalizer are.");
        }

        var preTokenizer = source.Required(root, "pre_tokenizer", JsonValueKind.Object);
        CheckType(source, preTokenizer, "pre_tokenizer", "ByteLevel");
        CheckFlag(source, preTokenizer, "pre_tokenizer.add_prefix_space", absent: true, expected: false);
        CheckFlag(source, preTokenizer, "pre_tokenizer.use_regex", absent: true, expected: true);
        if (JsonSource.Optional(root, "decoder") is { } decoder)
        {
            CheckType(source, decoder, "decoder", "ByteLevel");
        }

        CheckModel(source, source.Required(root, "model", JsonValueKind.Object));
    }

    private static void CheckModel(JsonSource source, JsonElement model)
    {
        if (JsonSource.Optional(model, "type") is not null)
        {
            CheckType(source, model, "model", "BPE");
        }

        CheckFlag(source, model, "model.byte_fallback", absent: false, expected: false);
        CheckFlag(source, model, "model.ignore_merges", absent: false, expected: false);
        if (JsonSource.Optional(model, "dropout") is { } dropout && dropout.GetRawText() is not ("0" or "0.0"))
        {
            throw source.Problem("model.dropout", "dropout of merges is not supported; set it to null.");
        }

        foreach (var name in new[] { "continuing_subword_prefix", "end_of_word_suffix" })
        {
            if (JsonSource.Optional(model, name) is { } affix && source.Text(affix, $"model.{name}").Length > 0)
            {
                throw source.Problem($"model.{name}", "affixes are not supported; only an empty one or null is.");
            }
        }
    }

    private static void CheckType(JsonSource source, JsonElement element, string key, string expected)
    {
        var type = TypeOf(source, element, key);
        if (type != expected)
        {
            throw source.Problem($"{key}.type", $"'{type}' is not supported; only '{expected}' is. Use a tokenizer of GPT-2's kind.");
        }
    }

    private static string TypeOf(JsonSource source, JsonElement element, string key)
    {
        source.Expect(element, key, JsonValueKind.Object);
        return JsonSource.Shorten(
            source.Text(source.Required(element, $"{key}.type", JsonValueKind.String), $"{key}.type"));
    }

    private static void CheckFlag(JsonSource source, JsonElement parent, string key, bool absent, bool expected)
    {
        if (source.Flag(parent, key, absent) != expected)
        {
            var value = expected ? "false" : "true";
            throw source.Problem(key, $"{value} (as written or by default) is not supported.");
        }
    }
}
