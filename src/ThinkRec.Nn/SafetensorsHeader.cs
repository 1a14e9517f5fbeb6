using System.Text.Json;
using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>The JSON header of a safetensors file, checked.</summary>
internal sealed class SafetensorsHeader
{
    internal const int MaxBytes = 100_000_000;
    private const int MaxRank = 16;

    private static readonly Dictionary<string, DType> Types = new()
    {
        ["U8"] = DType.UInt8,
        ["I8"] = DType.Int8,
        ["I16"] = DType.Int16,
        ["I32"] = DType.Int32,
        ["I64"] = DType.Int64,
        ["F16"] = DType.Float16,
        ["F32"] = DType.Float32,
        ["F64"] = DType.Float64,
        ["BOOL"] = DType.Bool,
        ["BF16"] = DType.BFloat16,
    };

    internal Dictionary<string, TensorInfo> Tensors { get; } = [];

    internal Dictionary<string, string> Metadata { get; } = [];

    internal static string NameOf(DType dtype) => Types.First(t => t.Value == dtype).Key;

    internal static SafetensorsHeader Parse(string path, byte[] json, long dataLength)
    {
        var header = new SafetensorsHeader();
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            foreach (JsonProperty entry in document.RootElement.EnumerateObject())
            {
                header.Add(path, entry);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new CheckpointException($"{path}: the header is not what a safetensors file has ({e.Message}). The file is damaged: copy it again.");
        }

        header.CheckLayout(path, dataLength);
        return header;
    }

    private void Add(string path, JsonProperty entry)
    {
        if (entry.Name == "__metadata__")
        {
            foreach (JsonProperty text in entry.Value.EnumerateObject())
            {
                Metadata[text.Name] = text.Value.GetString() ?? "";
            }

            return;
        }

        string typeName = entry.Value.GetProperty("dtype").GetString() ?? "";
        if (!Types.TryGetValue(typeName, out DType dtype))
        {
            throw new CheckpointException($"{path}: tensor '{entry.Name}' has element type '{typeName}'; known are {string.Join(", ", Types.Keys)}.");
        }

        long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64())];
        long[] offsets = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(o => o.GetInt64())];
        if (offsets.Length != 2 || shape.Length > MaxRank || Array.Exists(shape, s => s < 0) || !Fits(shape, dtype, offsets))
        {
            throw new CheckpointException($"{path}: tensor '{entry.Name}' {typeName} [{string.Join(", ", shape)}] does not fit its offsets [{string.Join(", ", offsets)}]. The file is damaged: copy it again.");
        }

        if (!Tensors.TryAdd(entry.Name, new TensorInfo(dtype, shape, offsets[0], offsets[1])))
        {
            throw new CheckpointException($"{path}: tensor '{entry.Name}' stands twice in the header.");
        }
    }

    private static bool Fits(long[] shape, DType dtype, long[] offsets)
    {
        try
        {
            // A zero must not hide sizes whose strides are beyond 64 bits.
            long extent = shape.Aggregate((long)dtype.Size(), (product, size) => checked(product * Math.Max(size, 1)));
            long bytes = shape.Contains(0) ? 0 : extent;
            return offsets[0] >= 0 && offsets[1] >= offsets[0] && offsets[1] - offsets[0] == bytes;
        }
        catch (OverflowException)
        {
            return false;
        }
    }

    private void CheckLayout(string path, long dataLength)
    {
        long end = 0;
        foreach ((string key, TensorInfo info) in Tensors.OrderBy(t => t.Value.Start).ThenBy(t => t.Value.End))
        {
            if (info.Start != end)
            {
                throw new CheckpointException($"{path}: tensor '{key}' begins at byte {info.Start} of the data but the one before ends at {end}. Tensors must neither overlap nor leave holes.");
            }

            end = info.End;
        }

        if (end != dataLength)
        {
            throw new CheckpointException($"{path}: the tensors take {end} bytes but the file has {dataLength} after its header. It is truncated or damaged: copy it again.");
        }
    }
}
