using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using ThinkRec.Files;
using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Writes safetensors files, whole or not at all.</summary>
public static class SafetensorsWriter
{
    private const int Alignment = 8;

    /// <summary>Writes tensors in the order of their keys; the same tensors give the same bytes.</summary>
    /// <param name="path">Target; replaced in one step when the new file is complete.</param>
    /// <param name="tensors">Keys and tensors, borrowed.</param>
    /// <param name="metadata">Texts to keep beside them.</param>
    public static void Write(string path, IEnumerable<(string Key, Tensor Value)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        (string Key, Tensor Value)[] sorted = [.. tensors.OrderBy(t => t.Key, StringComparer.Ordinal)];
        byte[] header = Header(sorted, metadata);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach ((_, Tensor value) in sorted)
            {
                stream.Write(Bytes(value));
            }
        });
    }

    private static byte[] Header((string Key, Tensor Value)[] sorted, IReadOnlyDictionary<string, string>? metadata)
    {
        var json = new JsonObject();
        if (metadata is { Count: > 0 })
        {
            json["__metadata__"] = new JsonObject(metadata.OrderBy(m => m.Key, StringComparer.Ordinal)
                .Select(m => KeyValuePair.Create(m.Key, (JsonNode?)m.Value)));
        }

        long offset = 0;
        foreach ((string key, Tensor value) in sorted)
        {
            long end = offset + (value.NumElements * value.DType.Size());
            json.Add(key, new JsonObject
            {
                ["dtype"] = SafetensorsHeader.NameOf(value.DType),
                ["shape"] = new JsonArray([.. value.Shape.ToArray().Select(s => (JsonNode)s)]),
                ["data_offsets"] = new JsonArray(offset, end),
            });
            offset = end;
        }

        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(json);
        int padding = (Alignment - (bytes.Length % Alignment)) % Alignment;
        return [.. bytes, .. Enumerable.Repeat((byte)' ', padding)];
    }

    private static ReadOnlySpan<byte> Bytes(Tensor value)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        return value.Detach().CopyBytes();
    }
}
