using System.Globalization;
using System.Text.RegularExpressions;
using ThinkRec.Data;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Training.Vectors;

/// <summary>Reads vectors that were trained elsewhere; nothing in the files is trusted.</summary>
public static partial class VectorReader
{
    /// <summary>Reads a file of one of the formats of <see cref="VectorFormat"/>: .safetensors by its name, the others by their first line.</summary>
    /// <param name="path">The file; text may be gzipped.</param>
    /// <param name="what">user or item: a safetensors file holds both.</param>
    /// <returns>At least one vector, of finite numbers.</returns>
    /// <exception cref="DataFormatException">Not such a file; names file, line and remedy.</exception>
    /// <exception cref="CheckpointException">The safetensors file is damaged.</exception>
    public static VectorTable Read(string path, string what)
    {
        if (!File.Exists(path))
        {
            throw new DataFormatException($"{path}: there is no such file. Name a file with vectors of {what}s.");
        }

        return path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) ? ReadSafetensors(path, what) : ReadText(path);
    }

    private static VectorTable ReadText(string path)
    {
        using var lines = new VectorLines(path);
        string first = lines.Next() ?? "";
        Match counts = Counts().Match(first);
        if (!counts.Success && !RecboleHeader().IsMatch(first))
        {
            throw lines.Error($"expected 'COUNT SIZE' as gensim writes, or 'NAME:token<tab>NAME:float_seq' as RecBole does, but found '{Shown(first)}'. Save the vectors in one of these formats, or as .safetensors.");
        }

        var table = new TableBuilder(lines, counts.Success ? ' ' : '\t', counts.Success ? Whole(lines, counts.Groups[2].Value, "SIZE") : 0);
        int? expected = counts.Success ? Whole(lines, counts.Groups[1].Value, "COUNT") : null;
        while (lines.Next() is string line)
        {
            if (table.Count == expected)
            {
                throw lines.Error($"expected {expected} vectors, as line 1 says, but found more: '{Shown(line)}'. Save the file again.");
            }

            table.Add(line);
        }

        return expected is null || table.Count == expected ? table.Build()
            : throw lines.Error($"expected {expected} vectors, as line 1 says, but the file ends after {table.Count}. It was cut; save it again.");
    }

    private static VectorTable ReadSafetensors(string path, string what)
    {
        string key = $"{what}_vectors";
        using var scope = TensorScope.Begin();
        using var file = SafetensorsFile.Open(path);
        TensorInfo info = file.Describe(key);
        if (info.Shape.Count != 2 || info.DType is not (DType.Float16 or DType.BFloat16 or DType.Float32 or DType.Float64))
        {
            throw new CheckpointException($"{path}: '{key}' must be a table of floating point numbers but is {info.DType} [{string.Join(", ", info.Shape)}]. Save it as [ids, size].");
        }

        string idFile = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, $"{what}s.txt");
        if (!File.Exists(idFile))
        {
            throw new DataFormatException($"{idFile}: there is no such file. It holds the id of each row of '{key}', one on a line.");
        }

        using var lines = new VectorLines(idFile);
        var table = new TableBuilder(lines, '\n', Checked(lines, info.Shape[1]));
        float[] values = file.Read(key).To(DType.Float32).ToFloats();
        while (lines.Next() is string id)
        {
            if (table.Count == info.Shape[0])
            {
                throw lines.Error($"expected {info.Shape[0]} ids, one for each row of '{key}', but found more. Save both files again.");
            }

            table.Add(id, values.AsSpan(table.Count * table.Size, table.Size), $"row {table.Count} of '{key}'");
        }

        return table.Count == info.Shape[0] ? table.Build()
            : throw lines.Error($"expected {info.Shape[0]} ids, one for each row of '{key}', but the file ends after {table.Count}. Save both files again.");
    }

    private static int Whole(VectorLines lines, string digits, string what) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? what == "SIZE" ? Checked(lines, value) : value
            : throw lines.Error($"{what} is {Shown(digits)}, which no file holds. Save it again.");

    private static int Checked(VectorLines lines, long size) => size is >= 1 and <= VectorTable.MaxSize ? (int)size
        : throw new DataFormatException($"{Path.GetFileName(lines.Path)}: vectors have {size} numbers, expected 1 to {VectorTable.MaxSize}. Save shorter ones.");

    private static string Shown(string text)
    {
        string visible = string.Concat(text.Take(60).Select(c => c == '\t' ? "\\t" : char.IsControl(c) ? "?" : $"{c}"));
        return text.Length > 60 ? visible + "…" : visible;
    }

    [GeneratedRegex(@"^([0-9]+) ([0-9]+) ?$")]
    private static partial Regex Counts();

    [GeneratedRegex(@"^[^\t:]+:token\t[^\t:]+:float_seq$")]
    private static partial Regex RecboleHeader();

    /// <summary>Collects vectors and refuses what is no vector.</summary>
    /// <param name="lines">Whose last line is looked at.</param>
    /// <param name="afterId">What ends an id.</param>
    /// <param name="size">Length of the vectors; 0 lets the first decide.</param>
    private sealed class TableBuilder(VectorLines lines, char afterId, int size)
    {
        private readonly List<string> _ids = [];
        private readonly Dictionary<string, int> _lineOf = new(StringComparer.Ordinal);
        private readonly List<float> _values = [];

        public int Count => _ids.Count;

        public int Size { get; private set; } = size;

        public void Add(string line)
        {
            int end = line.IndexOf(afterId, StringComparison.Ordinal);
            if (end < 0)
            {
                throw lines.Error($"expected an id, {(afterId == '\t' ? "a tab" : "a space")} and numbers but found '{Shown(line)}'. {(Count > 0 ? "Was the file cut?" : "Save it again.")}");
            }

            string id = line[..end];
            string[] numbers = line[(end + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Size = Size > 0 ? Size : Checked(lines, numbers.Length);
            if (numbers.Length != Size)
            {
                throw lines.Error($"expected {Size} numbers for id '{Shown(id)}' but found {numbers.Length}. Was the file cut, or has an id the sign that ends ids?");
            }

            var values = new float[Size];
            for (int i = 0; i < Size; i++)
            {
                values[i] = float.TryParse(numbers[i], NumberStyles.Float, CultureInfo.InvariantCulture, out float value) ? value
                    : throw lines.Error($"expected a number in place {i + 1} of id '{Shown(id)}' but found '{Shown(numbers[i])}'. Mend the line.");
            }

            Add(id, values, $"id '{Shown(id)}'");
        }

        public void Add(string id, ReadOnlySpan<float> values, string where)
        {
            if (id.Length == 0 || id.Any(char.IsControl))
            {
                throw lines.Error($"expected an id but found {(id.Length == 0 ? "none" : $"'{Shown(id)}'")}. Mend the line.");
            }

            if (!_lineOf.TryAdd(id, lines.Number))
            {
                throw lines.Error($"id '{Shown(id)}' is there twice, first on line {_lineOf[id]}. Keep one of them.");
            }

            for (int i = 0; i < values.Length; i++)
            {
                if (!float.IsFinite(values[i]))
                {
                    throw lines.Error($"number {i + 1} of {where} is {values[i].ToString(CultureInfo.InvariantCulture)}, expected a finite one. The training that wrote it diverged; leave this id out, or train again.");
                }
            }

            if (_values.Count > Array.MaxLength - values.Length)
            {
                throw lines.Error($"the file has more than {Array.MaxLength} numbers. Leave ids out that the dataset does not have.");
            }

            _ids.Add(id);
            _values.AddRange(values);
        }

        public VectorTable Build() => Count > 0 ? new VectorTable(_ids, Size, [.. _values])
            : throw lines.Error("the file has no vector. Save it again.");
    }
}
