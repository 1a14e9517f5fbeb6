using System.Text;
using ThinkRec.Data;

namespace ThinkRec.Bench.Data;

/// <summary>Texts as long as those that people write, of made-up words, as JSON spells them: escapes, entities and letters beyond ASCII included.</summary>
internal sealed class MadeUpWords
{
    private const int NumWords = 4096;
    private static readonly string[] Syllables = ["ba", "cor", "den", "el", "fi", "gan", "hu", "is", "jo", "kal", "li", "mor", "na", "os", "per", "qui", "ra", "sten", "tu", "ven"];
    private static readonly string[] Dirt = ["\\\"so\\\"", "\\u2019tis", "café", "naïve", "&amp;", "\\n", "it's", "100%", "(and)", "\\u00e9t\\u00e9"];
    private readonly byte[][] _words;
    private readonly SeededRandom _random;

    public MadeUpWords(SeededRandom random)
    {
        _random = random;
        _words = new byte[NumWords][];
        for (int word = 0; word < NumWords; word++)
        {
            var text = new StringBuilder();
            for (int left = 1 + Below(4); left > 0; left--)
            {
                text.Append(Syllables[Below(Syllables.Length)]);
            }

            _words[word] = Encoding.UTF8.GetBytes(word % 97 == 0 ? Dirt[Below(Dirt.Length)] : text.ToString());
        }
    }

    /// <summary>Appends so many words.</summary>
    public void Append(List<byte> line, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (i > 0)
            {
                line.Add((byte)' ');
            }

            line.AddRange(_words[(int)(_random.NextUInt64() % NumWords)]);
        }
    }

    /// <summary>A number from 0 that is less than another.</summary>
    public int Below(int limit) => (int)(_random.NextUInt64() % (ulong)limit);

    /// <summary>The words of a review: most are short, some go on and on; 95 on average.</summary>
    public int ReviewLength() => 8 + (int)(-87 * Math.Log(1 - _random.NextDouble()));
}
