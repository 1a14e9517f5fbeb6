using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using ThinkRec.Files;
using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Writes safetensors files: whole or not at all, and the same bytes for the same tensors.</summary>
public static class SafetensorsWriter
{
    /// <summary>Writes a file. Wider types come first and keys are sorted within a type's size, so that all data is aligned.</summary>
    /// <param name="path">Target; an existing file is replaced in one step.</param>
    /// <param name="tensors">Keys and values, borrowed. Values on a GPU are copied out.</param>
    /// <param name="metadata">Free texts; null or empty for none.</param>
    /// <exception cref="ArgumentException">A key is there twice, or is the reserved <c>__metadata__</c>.</exception>
    public static void Write(string path, IEnumerable<(string Key, Tensor Value)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        (string Key, Tensor Value)[] sorted =
            [.. tensors.OrderByDescending(t => t.Value.DType.Size()).ThenBy(t => t.Key, StringComparer.Ordinal)];
        byte[] header = Header(sorted, metadata ?? new Dictionary<string, string>());
        AtomicFile.Write(Path.GetFullPath(path), stream => WriteAll(stream, header, sorted));
    }

    private static void WriteAll(Stream stream, byte[] header, (string Key, Tensor Value)[] tensors)
    {
        Span<byte> prefix = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach ((string _, Tensor value) in tensors)
        {
            switch (value.DType.Size())
            {
                case 1:
                    WriteElements<byte>(stream, value);
                    break;
                case 2:
                    WriteElements<short>(stream, value);
                    break;
                case 4:
                    WriteElements<int>(stream, value);
                    break;
                default:
                    WriteElements<long>(stream, value);
                    break;
            }
        }
    }

    private static void WriteElements<T>(Stream stream, Tensor value) where T : unmanaged
    {
        const int Piece = 1 << 24;
        ReadOnlySpan<T> elements = value.ToArray<T>();
        for (int start = 0; start < elements.Length; start += Piece)
        {
            stream.Write(MemoryMarshal.AsBytes(elements.Slice(start, Math.Min(Piece, elements.Length - start))));
        }
    }

    private static byte[] Header((string Key, Tensor Value)[] tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteMetadata(json, metadata);
            long position = 0;
            var seen = new HashSet<string>(StringComparer.Ordinal) { SafetensorsHeader.MetadataKey };
            foreach ((string key, Tensor value) in tensors)
            {
                if (!seen.Add(key))
                {
                    throw new ArgumentException($"Tensor key '{key}' is reserved or given twice. Each tensor needs a key of its own.");
                }

                position = WriteTensor(json, key, value, position);
            }

            json.WriteEndObject();
        }

        while (buffer.Length % 8 != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        if (metadata.Count == 0)
        {
            return;
        }

        json.WriteStartObject(SafetensorsHeader.MetadataKey);
        foreach ((string key, string text) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            json.WriteString(key, text);
        }

        json.WriteEndObject();
    }

    private static long WriteTensor(Utf8JsonWriter json, string key, Tensor value, long begin)
    {
        long end = begin + (value.NumElements * value.DType.Size());
        json.WriteStartObject(key);
        json.WriteString("dtype", SafetensorsHeader.NameOf(value.DType));
        json.WriteStartArray("shape");
        foreach (long size in value.Shape)
        {
            json.WriteNumberValue(size);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(begin);
        json.WriteNumberValue(end);
        json.WriteEndArray();
        json.WriteEndObject();
        return end;
    }
}
