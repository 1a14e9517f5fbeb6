using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using ThinkRec.Files;
using ThinkRec.Text.Bpe;

namespace ThinkRec.Text.Formats;

/// <summary>Writes a vocabulary as Hugging Face files; the same vocabulary always gives the same bytes.</summary>
internal static class TokenizerWriter
{
    /// <summary>Name of the file with entries and merges.</summary>
    public const string TokenizerFile = "tokenizer.json";

    /// <summary>Name of the file that gives special tokens their roles.</summary>
    public const string ConfigurationFile = "tokenizer_config.json";

    private static readonly JsonWriterOptions Layout = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes both files, each in one step.</summary>
    public static void Save(Vocabulary vocabulary, string folder)
    {
        Directory.CreateDirectory(folder);
        AtomicFile.Write(Path.Combine(folder, TokenizerFile), stream => stream.Write(Write(vocabulary, WriteTokenizer).Span));
        AtomicFile.Write(Path.Combine(folder, ConfigurationFile), stream => stream.Write(Write(vocabulary, WriteConfiguration).Span));
    }

    /// <summary>SHA-256 of both files as they would be written, in hexadecimal.</summary>
    public static string Fingerprint(Vocabulary vocabulary)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Write(vocabulary, WriteTokenizer).Span);
        hash.AppendData(Write(vocabulary, WriteConfiguration).Span);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static ReadOnlyMemory<byte> Write(Vocabulary vocabulary, Action<Utf8JsonWriter, Vocabulary> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Layout))
        {
            json.WriteStartObject();
            write(json, vocabulary);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteTokenizer(Utf8JsonWriter json, Vocabulary vocabulary)
    {
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        WriteAddedTokens(json, vocabulary);
        json.WriteNull("normalizer");
        foreach (var part in new[] { "pre_tokenizer", "post_processor", "decoder" })
        {
            json.WriteStartObject(part);
            json.WriteString("type", "ByteLevel");
            json.WriteBoolean("add_prefix_space", false);
            json.WriteBoolean("trim_offsets", true);
            json.WriteBoolean("use_regex", true);
            json.WriteEndObject();
        }

        WriteModel(json, vocabulary);
    }

    private static void WriteAddedTokens(Utf8JsonWriter json, Vocabulary vocabulary)
    {
        json.WriteStartArray("added_tokens");
        for (var id = 0; id < vocabulary.Tokens.Length; id++)
        {
            if (vocabulary.Tokens[id] is not { IsAdded: true } token)
            {
                continue;
            }

            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("content", token.Spelling);
            foreach (var flag in new[] { "single_word", "lstrip", "rstrip", "normalized" }) // none of GPT-2's kind has one
            {
                json.WriteBoolean(flag, false);
            }

            json.WriteBoolean("special", token.IsSpecial);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteModel(Utf8JsonWriter json, Vocabulary vocabulary)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        foreach (var absent in new[] { "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix" })
        {
            json.WriteNull(absent);
        }

        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);
        json.WriteBoolean("ignore_merges", false);
        json.WriteStartObject("vocab");
        for (var id = 0; id < vocabulary.Tokens.Length; id++)
        {
            if (vocabulary.Tokens[id] is { } token)
            {
                json.WriteNumber(token.Spelling, id);
            }
        }

        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var (left, right, _) in vocabulary.Merges)
        {
            json.WriteStringValue($"{vocabulary.Tokens[left]!.Spelling} {vocabulary.Tokens[right]!.Spelling}");
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteConfiguration(Utf8JsonWriter json, Vocabulary vocabulary)
    {
        var roles = vocabulary.SpecialRoles;
        json.WriteBoolean("add_prefix_space", false);
        json.WriteString("bos_token", vocabulary.Tokens[roles.Begin]!.Spelling);
        json.WriteBoolean("clean_up_tokenization_spaces", false);
        json.WriteString("eos_token", vocabulary.Tokens[roles.End]!.Spelling);
        json.WriteString("pad_token", vocabulary.Tokens[roles.Padding]!.Spelling);
        json.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
    }
}
