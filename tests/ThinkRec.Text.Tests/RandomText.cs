using System.Text;

namespace ThinkRec.Text.Tests;

/// <summary>Seeded strings of everything that text can hold.</summary>
internal static class RandomText
{
    private static readonly string[] Pieces =
    [
        " ", "  ", "\n", "\r\n", "\t", "\u00A0", "\u2003", "\u2028", "'s", "'re", "'LL", "'", "''", "don't", "the",
        "Toy Story",
        " (1995)", "3", "½", "Ⅷ", "२", "é", "e\u0301", "क्षि", "中文字", "ひらがな", "한국어", "\u1100\u1161", "مرحبا", "שלום",
        "🙂",
        "👨‍👩‍👧", "🇩🇪", "👍🏽", "𝔘𝔫𝔦", "\0", "\u0007", "\u001B", "\u200B", "\u202E", "\uFEFF", "\uE000", "\uFFFD",
        "\uFFFF",
        "<|vector|>", "<|end|>", "{user_vector}", "\U000E0041", "ﬁ", "K", "_", "...", "—", "#", "%", "\\", "\"",
    ];

    public static string Next(Random random, bool withLoneSurrogates = false)
    {
        var builder = new StringBuilder();
        for (var i = random.Next(40); i > 0; i--)
        {
            _ = random.Next(4) switch
            {
                0 => builder.Append((char)random.Next(0x20, 0x7F)),
                1 => builder.Append(Rune(random)),
                2 when withLoneSurrogates => builder.Append((char)random.Next(0xD800, 0xE000)),
                _ => builder.Append(Pieces[random.Next(Pieces.Length)]),
            };
        }

        return builder.ToString();
    }

    private static string Rune(Random random)
    {
        var value = random.Next(0x10FFFF - 0x7FF);
        return char.ConvertFromUtf32(value >= 0xD800 ? value + 0x800 : value);
    }
}
