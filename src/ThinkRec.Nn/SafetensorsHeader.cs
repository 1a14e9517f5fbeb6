using System.Text.Json;
using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>The JSON header of a safetensors file, checked in full before anything is used.</summary>
internal sealed class SafetensorsHeader
{
    internal const int MaxBytes = 100_000_000;
    internal const string MetadataKey = "__metadata__";
    internal const int MaxRank = 16;
    private static readonly (string Name, DType DType)[] Types =
    [
        ("BOOL", DType.Bool), ("U8", DType.UInt8), ("I8", DType.Int8), ("I16", DType.Int16), ("I32", DType.Int32),
        ("I64", DType.Int64), ("F16", DType.Float16), ("BF16", DType.BFloat16), ("F32", DType.Float32), ("F64", DType.Float64),
    ];

    private readonly string _path;
    private readonly long _dataBytes;

    private SafetensorsHeader(string path, long dataBytes)
    {
        _path = path;
        _dataBytes = dataBytes;
    }

    internal Dictionary<string, TensorInfo> Tensors { get; } = new(StringComparer.Ordinal);

    internal Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    internal static SafetensorsHeader Parse(string path, ReadOnlySpan<byte> json, long dataBytes)
    {
        var header = new SafetensorsHeader(path, dataBytes);
        try
        {
            header.ReadAll(json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new CheckpointException($"{path}: the header is not the JSON of a safetensors file: {e.Message} Fetch or export the file again.", e);
        }

        header.CheckLayout();
        return header;
    }

    internal static CheckpointException Damaged(string path, string what) =>
        new($"{path}: {what} Fetch or export the file again.");

    internal static DType? DTypeOf(string name) =>
        Array.FindIndex(Types, t => t.Name == name) is >= 0 and int i ? Types[i].DType : null;

    internal static string NameOf(DType dtype) => Array.Find(Types, t => t.DType == dtype).Name;

    private void ReadAll(ReadOnlySpan<byte> json)
    {
        if (json.Length == 0 || json[0] != (byte)'{')
        {
            throw Damaged(_path, "the header must begin with '{'.");
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 4 });
        reader.Read();
        bool hasMetadata = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            if (key != MetadataKey)
            {
                TensorInfo info = ReadTensor(key, ref reader);
                Require(Tensors.TryAdd(key, info), $"tensor '{key}' is listed twice.");
                continue;
            }

            Require(!hasMetadata, $"{MetadataKey} is there twice.");
            hasMetadata = true;
            ReadMetadata(ref reader);
        }

        // Whatever follows the object other than white space makes the reader throw.
        reader.Read();
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        Require(reader.TokenType == JsonTokenType.StartObject, $"{MetadataKey} must be an object.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            Require(reader.TokenType == JsonTokenType.String, $"{MetadataKey} '{key}' must be a text.");
            Require(Metadata.TryAdd(key, reader.GetString()!), $"{MetadataKey} '{key}' is there twice.");
        }
    }

    private TensorInfo ReadTensor(string key, ref Utf8JsonReader reader)
    {
        Require(reader.TokenType == JsonTokenType.StartObject, $"tensor '{key}' must be an object.");
        DType? dtype = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string field = reader.GetString()!;
            reader.Read();
            switch (field)
            {
                case "dtype" when dtype is null && reader.TokenType == JsonTokenType.String:
                    string name = reader.GetString()!;
                    dtype = DTypeOf(name);
                    Require(dtype is not null, $"tensor '{key}' has dtype '{name}' (known: {string.Join(", ", Types.Select(t => t.Name))}).");
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(key, field, MaxRank, ref reader);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(key, field, 2, ref reader);
                    break;
                default:
                    throw Damaged(_path, $"tensor '{key}' has an unexpected or repeated field '{field}' (expected dtype, shape, data_offsets once each).");
            }
        }

        Require(dtype is not null && shape is not null && offsets is { Count: 2 }, $"tensor '{key}' needs dtype, shape and two data_offsets.");
        return Checked(key, dtype!.Value, shape!, offsets![0], offsets[1]);
    }

    private List<long> ReadNumbers(string key, string field, int most, ref Utf8JsonReader reader)
    {
        Require(reader.TokenType == JsonTokenType.StartArray, $"tensor '{key}': {field} must be a list of whole numbers.");
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            long number = -1;
            Require(reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out number) && number >= 0,
                $"tensor '{key}': {field} must be a list of whole numbers from 0.");
            Require(numbers.Count < most, $"tensor '{key}': {field} has more than {most} numbers.");
            numbers.Add(number);
        }

        return numbers;
    }

    private TensorInfo Checked(string key, DType dtype, List<long> shape, long begin, long end)
    {
        Require(begin <= end && end <= _dataBytes, $"tensor '{key}' lies at [{begin}, {end}) but the file has {_dataBytes} bytes of data.");
        UInt128 bytes = (UInt128)dtype.Size();
        UInt128 extent = 1;
        foreach (long size in shape)
        {
            bytes *= (ulong)size;
            extent *= (ulong)Math.Max(size, 1);
            Require(extent <= long.MaxValue, $"tensor '{key}' [{string.Join(", ", shape)}] is larger than any memory.");
        }

        Require(bytes == (UInt128)(end - begin), $"tensor '{key}' {dtype}[{string.Join(", ", shape)}] needs {bytes} bytes but has {end - begin}.");
        return new TensorInfo(dtype, shape.AsReadOnly()) { Begin = begin, End = end };
    }

    private void CheckLayout()
    {
        long position = 0;
        foreach ((string key, TensorInfo info) in Tensors.OrderBy(t => t.Value.Begin).ThenBy(t => t.Value.End))
        {
            Require(info.Begin == position, $"tensor '{key}' begins at {info.Begin} where {position} was expected; tensors must follow each other without gap or overlap.");
            position = info.End;
        }

        Require(position == _dataBytes, $"the tensors end at {position} but the file has {_dataBytes} bytes of data. It may be cut short or have something appended.");
    }

    private void Require(bool condition, string what)
    {
        if (!condition)
        {
            throw Damaged(_path, what);
        }
    }
}
