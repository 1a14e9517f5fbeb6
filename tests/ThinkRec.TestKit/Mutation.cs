using System.Text;

namespace ThinkRec.TestKit;

/// <summary>Seeded damage to a file of JSON: bytes changed, cut, doubled, and pieces put in that parsers stumble over.</summary>
public static class Mutation
{
    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", ",", ":", "\"", "0", "-1", "1e999", "9223372036854775807", "18446744073709551616", "0.5", "null", "true", "\\ud800", "\\u0000", " ", "\0",
        "\"a\":{}", "[[[[[[[[", "{\"a\":{\"a\":{\"a\":", "../", "NaN", "\"\"",
    ];

    /// <summary>A damaged copy.</summary>
    /// <param name="good">The sound bytes; not changed.</param>
    /// <param name="seed">Decides the damage.</param>
    /// <returns>The damaged bytes; now and then they are still sound.</returns>
    public static byte[] Of(byte[] good, int seed)
    {
        ArgumentNullException.ThrowIfNull(good);
        var random = new Random(seed);
        var bytes = new List<byte>(good);
        for (var change = random.Next(3); change >= 0; change--)
        {
            var at = random.Next(bytes.Count + 1);
            var piece = Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]);
            switch (random.Next(6))
            {
                case 0 when at < bytes.Count:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(12), bytes.Count - at));
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(80), bytes.Count - at)));
                    break;
                case 3 when at < bytes.Count:
                    bytes[at] = (byte)('0' + random.Next(10));
                    break;
                case 4:
                    ReplaceNumber(bytes, at, piece);
                    break;
                default:
                    bytes.InsertRange(at, piece);
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>Puts a piece in the place of the first number after a position.</summary>
    private static void ReplaceNumber(List<byte> bytes, int at, byte[] piece)
    {
        var start = bytes.FindIndex(Math.Min(at, bytes.Count), b => b is >= (byte)'0' and <= (byte)'9');
        if (start >= 0)
        {
            var end = bytes.FindIndex(start, b => b is not (>= (byte)'0' and <= (byte)'9'));
            bytes.RemoveRange(start, (end < 0 ? bytes.Count : end) - start);
            bytes.InsertRange(start, piece);
        }
    }
}
