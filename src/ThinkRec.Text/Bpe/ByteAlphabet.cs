using System.Text;

namespace ThinkRec.Text.Bpe;

/// <summary>GPT-2's one-to-one map between the 256 bytes and printable characters, for tokens in JSON.</summary>
/// <remarks>Source: openai/gpt-2 encoder.py, bytes_to_unicode: visible Latin-1 characters stand for themselves, the
/// others take the code points from 256 on, in byte order.</remarks>
internal static class ByteAlphabet
{
    private const int MappedCharacters = 0x144;
    private static readonly char[] Characters = BuildCharacters();
    private static readonly short[] Bytes = BuildBytes();

    /// <summary>The character standing for one byte.</summary>
    public static char ToCharacter(byte value) => Characters[value];

    /// <summary>Writes bytes as characters of the alphabet.</summary>
    public static string Write(ReadOnlySpan<byte> bytes)
    {
        var builder = new StringBuilder(bytes.Length);
        foreach (var value in bytes)
        {
            builder.Append(Characters[value]);
        }

        return builder.ToString();
    }

    /// <summary>Reads characters of the alphabet back to bytes; null when one character is not in it.</summary>
    public static byte[]? TryRead(string text)
    {
        var bytes = new byte[text.Length];
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] >= MappedCharacters || Bytes[text[i]] < 0)
            {
                return null;
            }

            bytes[i] = (byte)Bytes[text[i]];
        }

        return bytes;
    }

    private static char[] BuildCharacters()
    {
        var characters = new char[256];
        var next = 256;
        for (var value = 0; value < 256; value++)
        {
            var isVisible = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[value] = (char)(isVisible ? value : next++);
        }

        return characters;
    }

    private static short[] BuildBytes()
    {
        var bytes = new short[MappedCharacters];
        Array.Fill(bytes, (short)-1);
        for (var value = 0; value < 256; value++)
        {
            bytes[Characters[value]] = (short)value;
        }

        return bytes;
    }
}
