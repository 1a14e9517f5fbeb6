using System.Globalization;
using System.Text;

namespace ThinkRec.Text.Bpe;

/// <summary>How a vocabulary writes texts as its entries.</summary>
internal abstract class Spelling
{
    /// <summary>GPT-2's: a character for each byte.</summary>
    public static Spelling ByteLevel { get; } = new ByteLevelSpelling();

    /// <summary>SentencePiece's: U+2581 for a space, &lt;0x0A&gt; for a byte.</summary>
    public static Spelling Marked { get; } = new MarkedSpelling("\u2581");

    /// <summary>llama2.c's: as SentencePiece's, but a space for a space.</summary>
    public static Spelling Plain { get; } = new MarkedSpelling(" ");

    /// <summary>WordPiece's: ## before what goes on within a word.</summary>
    public static Spelling WordPiece { get; } = new WordPieceSpelling();

    /// <summary>The entry that would stand for a text.</summary>
    public abstract string Write(string text);

    /// <summary>The UTF-8 bytes that an entry stands for; null when it can be no entry.</summary>
    public abstract byte[]? Read(string entry);

    /// <summary>The byte that an entry such as &lt;0x0A&gt; stands for, else null.</summary>
    public static byte? ByteOf(string entry) =>
        entry.Length == 6 && entry.StartsWith("<0x", StringComparison.Ordinal) && entry[5] == '>'
        && byte.TryParse(entry.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;

    private sealed class ByteLevelSpelling : Spelling
    {
        public override string Write(string text) => ByteAlphabet.Write(Encoding.UTF8.GetBytes(text));

        public override byte[]? Read(string entry) => ByteAlphabet.TryRead(entry);
    }

    private sealed class MarkedSpelling(string space) : Spelling
    {
        public override string Write(string text) => text.Replace(" ", space, StringComparison.Ordinal);

        public override byte[] Read(string entry) =>
            ByteOf(entry) is { } value ? [value] : Encoding.UTF8.GetBytes(entry.Replace(space, " ", StringComparison.Ordinal));
    }

    private sealed class WordPieceSpelling : Spelling
    {
        public override string Write(string text) => text.TrimStart(' ');

        public override byte[] Read(string entry) => Encoding.UTF8.GetBytes(
            entry.StartsWith("##", StringComparison.Ordinal) && entry.Length > 2 ? entry[2..] : " " + entry);
    }
}
