using System.Collections;
using System.Globalization;

namespace ThinkRec.Text.Normalization;

/// <summary>Combining classes, decompositions and compositions of Unicode, read from a table in this library.</summary>
/// <remarks>The framework's own normalization does nothing when globalization is invariant.</remarks>
internal sealed class CanonicalData
{
    private readonly Dictionary<int, byte> _classes = [];
    private readonly Dictionary<int, int[]> _decompositions = [];
    private readonly Dictionary<long, int> _compositions = [];
    private readonly BitArray _unstable = new(0x110000);

    private CanonicalData()
    {
        using var stream = typeof(CanonicalData).Assembly.GetManifestResourceStream("canonical.txt")!;
        using var reader = new StreamReader(stream);
        Action<string> add = AddClass;
        while (reader.ReadLine() is { } line)
        {
            if (line[0] == '[')
            {
                add = line == "[classes]" ? AddClass : AddDecomposition;
            }
            else if (line[0] != '#')
            {
                Array.ForEach(line.Split(' '), add);
            }
        }

        for (var jamo = 0x1161; jamo < 0x1200; jamo++)
        {
            _unstable[jamo] = true; // a vowel or tail may join the syllable before it
        }
    }

    /// <summary>The one table.</summary>
    public static CanonicalData Instance { get; } = new();

    /// <summary>Canonical combining class of a code point; zero for starters.</summary>
    public byte ClassOf(int codePoint) => _classes.GetValueOrDefault(codePoint);

    /// <summary>One step of decomposition: one or two code points, or null.</summary>
    public int[]? Decompose(int codePoint) => _decompositions.GetValueOrDefault(codePoint);

    /// <summary>The primary composite of two code points, or null.</summary>
    public int? Compose(int first, int second) =>
        _compositions.TryGetValue(((long)first << 32) | (uint)second, out var composite) ? composite : null;

    /// <summary>Whether form C keeps a code point as it is, whatever stands beside it.</summary>
    public bool IsStable(int codePoint) => !_unstable[codePoint];

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private void AddClass(string entry)
    {
        var parts = entry.Split('-', ':');
        for (var codePoint = Hex(parts[0]); codePoint <= Hex(parts[1]); codePoint++)
        {
            _classes.Add(codePoint, byte.Parse(parts[2], CultureInfo.InvariantCulture));
            _unstable[codePoint] = true;
        }
    }

    private void AddDecomposition(string entry)
    {
        int[] parts = [.. entry.Split('=', '!', '+').Select(Hex)];
        _decompositions.Add(parts[0], parts[1..]);
        if (entry.Contains('=', StringComparison.Ordinal))
        {
            _compositions.Add(((long)parts[1] << 32) | (uint)parts[2], parts[0]);
            _unstable[parts[2]] = true;
        }
        else
        {
            _unstable[parts[0]] = true;
        }
    }
}
