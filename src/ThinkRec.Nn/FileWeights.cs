using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Weights read from files by key, straight to their type and device.</summary>
/// <param name="file">The file or files, borrowed; they may be closed once the layers are made.</param>
/// <param name="dtype">Floating type to convert to, which floating weights can be only; null keeps the file's.</param>
/// <param name="device">Where the weights shall lie; null for the CPU.</param>
/// <param name="choose">
/// A type of its own for a key, or null for <paramref name="dtype"/>. Int8 rounds a matrix to 8-bit integers as it is read, and gives its scales under the next key.
/// </param>
public sealed class FileWeights(ITensorStore file, DType? dtype = null, Device? device = null, Func<string, DType?>? choose = null) : WeightSource
{
    private const int MaxKeysCompared = 20_000;
    private readonly List<Tensor> _given = [];
    private readonly Dictionary<string, Tensor> _scales = [];

    /// <inheritdoc/>
    public override Tensor Get(string key, long[] shape, Init init)
    {
        try
        {
            Tensor weight = _scales.Remove(key, out Tensor? scale) ? scale : Read(key, shape);
            _given.Add(weight);
            return weight;
        }
        catch (CheckpointException)
        {
            // The layer that asks is not built, so nobody else would free what it and its siblings have got already.
            _given.ForEach(t => t.Dispose());
            throw;
        }
    }

    private Tensor Read(string key, long[] shape)
    {
        string wanted = $"Weight '{key}' [{string.Join(", ", shape)}]";
        if (!file.Contains(key))
        {
            throw new CheckpointException($"{wanted} is not in {file.Path} ({file.Keys.Count} tensors). {Hint(key)}");
        }

        TensorInfo info = file.Describe(key);
        if (!info.Shape.SequenceEqual(shape))
        {
            throw new CheckpointException($"{wanted} is [{string.Join(", ", info.Shape)}] in {file.Path}. Was the file made for another configuration?");
        }

        if (dtype is not null && info.DType is not (DType.Float16 or DType.BFloat16 or DType.Float32 or DType.Float64))
        {
            throw new CheckpointException($"{wanted} is {info.DType} in {file.Path}, expected a floating type. Quantized weights are not read; use the model as it was before.");
        }

        using var scope = TensorScope.Begin();
        DType? type = choose?.Invoke(key) ?? dtype;
        Tensor read = file.Read(key, type == DType.Int8 ? DType.Float32 : type, device ?? Device.Cpu, requireFinite: true);
        if (type != DType.Int8)
        {
            return read.Own();
        }

        (Tensor weight, Tensor scale) = Int8Rows.Quantize(read);
        _given.Add(scale.Own());
        _scales.Add(key + Int8Rows.ScaleSuffix, scale);
        return weight.Own();
    }

    private string Hint(string key)
    {
        string? nearest = file.Keys.Take(MaxKeysCompared).OrderBy(k => Distance(k, key)).ThenBy(k => k, StringComparer.Ordinal).FirstOrDefault();
        if (nearest is null)
        {
            return "The file is empty.";
        }

        if (key.EndsWith("." + nearest, StringComparison.Ordinal))
        {
            return $"Nearest: '{nearest}'. Was the prefix '{key[..^nearest.Length]}' dropped when saving?";
        }

        return nearest.EndsWith("." + key, StringComparison.Ordinal)
            ? $"Nearest: '{nearest}'. Was the prefix '{nearest[..^key.Length]}' added when saving?"
            : $"Nearest: '{nearest}'. Was the file made for another architecture?";
    }

    /// <summary>Letters to change; a key that differs by a prefix alone counts as nearest.</summary>
    private static int Distance(string left, string right)
    {
        if (left.EndsWith("." + right, StringComparison.Ordinal) || right.EndsWith("." + left, StringComparison.Ordinal))
        {
            return -1;
        }

        if (Math.Abs(left.Length - right.Length) > 32 || left.Length > 256)
        {
            return int.MaxValue;
        }

        int[] row = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (left[i - 1] == right[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }
}
