using System.Buffers.Text;
using System.Globalization;
using System.Text;
using ThinkRec.Text.Bpe;
using ThinkRec.Text.Splitting;

namespace ThinkRec.Text.Formats;

/// <summary>Reads a tiktoken file, as Llama 3 has: a token in base64, a space and its rank in each line.</summary>
/// <remarks>Source: meta-llama/llama3 tokenizer.py. The pattern is that of Llama 3, and so are the special tokens unless
/// tokenizer_config.json names others.</remarks>
internal static class TiktokenFile
{
    private const int MaxBytes = 16 << 20;
    private const int MaxTokenBytes = 256;
    private const int MaxLine = 400;
    private const int Llama3Size = 128_000;

    /// <summary>Whether a file begins as one of this kind does.</summary>
    public static bool Looks(InputFile file)
    {
        var length = file.Content.AsSpan().IndexOf((byte)'\n');
        var line = file.Content.AsSpan(0, length < 0 ? file.Content.Length : length);
        return line.Length <= MaxLine && Parse(line) is not null;
    }

    /// <summary>Reads it.</summary>
    public static TokenizerParts Read(InputFile file)
    {
        if (file.Content.Length > MaxBytes)
        {
            throw file.Problem("", $"the file has {file.Content.Length} bytes, more than the {MaxBytes} that are read.");
        }

        var config = TokenizerConfig.Beside(file);
        var entries = Entries(file);
        var builder = new VocabularyBuilder(file, Spelling.ByteLevel, Added(file, entries.Count, config));
        foreach (var (line, (bytes, rank)) in entries.Index())
        {
            builder.AddEntry(ByteAlphabet.Write(bytes), rank, $"line {line + 1}");
        }

        var byteIds = builder.RequireBytes("", value => ByteAlphabet.ToCharacter(value).ToString());
        var merges = new MergeTable(builder.Texts, id => id, 'Ġ', out _);
        var vocabulary = builder.Build(config);
        return new TokenizerParts
        {
            Splitters = [new Cl100kScanner(maxDigits: 3)],
            Model = new ByteBpeModel(byteIds, merges, builder.Texts),
            Vocabulary = vocabulary,
            Frame = ([vocabulary.SpecialRoles.Begin], []),
            Files = config.Input is { } beside ? [file, beside] : [file],
        };
    }

    private static List<(byte[] Bytes, int Rank)> Entries(InputFile file)
    {
        var entries = new List<(byte[], int)>();
        for (var rest = file.Content.AsSpan(); rest.Length > 0;)
        {
            var length = rest.IndexOf((byte)'\n');
            var line = length < 0 ? rest : rest[..length];
            rest = length < 0 ? [] : rest[(length + 1)..];
            if (!line.IsEmpty)
            {
                entries.Add(Parse(line.TrimEnd((byte)'\r')) ?? throw file.Problem(
                    $"line {entries.Count + 1}", $"expected a token of 1 to {MaxTokenBytes} bytes in base64, a space and a rank below {VocabularyBuilder.MaxSize} "
                    + $"but found '{JsonSource.Shorten(Encoding.Latin1.GetString(line))}'."));
            }
        }

        return entries;
    }

    private static (byte[] Bytes, int Rank)? Parse(ReadOnlySpan<byte> line)
    {
        var space = line.IndexOf((byte)' ');
        if (space is < 1 or > MaxLine || !Base64.IsValid(line[..space], out var length) || length is 0 or > MaxTokenBytes
            || !int.TryParse(line[(space + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var rank) || rank >= VocabularyBuilder.MaxSize)
        {
            return null;
        }

        var bytes = new byte[length];
        Base64.DecodeFromUtf8(line[..space], bytes, out _, out _);
        return (bytes, rank);
    }

    private static List<AddedToken> Added(InputFile file, int size, TokenizerConfig config)
    {
        var added = config.AddedTokens();
        if (added.Count > 0)
        {
            return added;
        }

        if (size != Llama3Size)
        {
            throw file.Problem("", $"a tiktoken file names no special tokens; those of Llama 3 are known, but it has {Llama3Size} entries and this file {size}. "
                + $"Put a {TokenizerWriter.ConfigurationFile} with added_tokens_decoder beside it.");
        }

        string[] first = ["<|begin_of_text|>", "<|end_of_text|>", Reserved(0), Reserved(1), Reserved(2), Reserved(3),
            "<|start_header_id|>", "<|end_header_id|>", Reserved(4), "<|eot_id|>"];
        return [.. first.Concat(Enumerable.Range(5, 246).Select(Reserved))
            .Select((content, index) => new AddedToken("", Llama3Size + index, content, IsSpecial: true))];
    }

    private static string Reserved(int number) => $"<|reserved_special_token_{number}|>";
}
