using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
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
    /// <param name="withChecksum">Whether the metadata get the file's SHA-256, for <see cref="SafetensorsFile.RequireChecksum"/>.</param>
    /// <exception cref="ArgumentException">A key is there twice, or is the reserved <c>__metadata__</c>.</exception>
    /// <exception cref="DiskFullException">There is no room.</exception>
    public static void Write(string path, IEnumerable<(string Key, Tensor Value)> tensors, IReadOnlyDictionary<string, string>? metadata = null, bool withChecksum = false)
    {
        (string Key, Tensor Value)[] sorted =
            [.. tensors.OrderByDescending(t => t.Value.DType.Size()).ThenBy(t => t.Key, StringComparer.Ordinal)];
        var texts = new Dictionary<string, string>(metadata ?? new Dictionary<string, string>());
        if (withChecksum)
        {
            texts.Add(SafetensorsChecksum.Key, SafetensorsChecksum.Blank);
        }

        byte[] header = Header(sorted, texts);
        long bytes = sizeof(ulong) + header.Length + sorted.Sum(t => t.Value.NumElements * t.Value.DType.Size());
        AtomicFile.Write(
            Path.GetFullPath(path),
            stream =>
            {
                using IncrementalHash? hash = withChecksum ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
                WriteAll(new Output(stream, hash), header, sorted);
                if (hash is not null)
                {
                    stream.Position = sizeof(ulong) + SafetensorsChecksum.Find(header);
                    stream.Write(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash.GetHashAndReset())));
                }
            },
            bytes);
    }

    private static void WriteAll(Output output, byte[] header, (string Key, Tensor Value)[] tensors)
    {
        Span<byte> prefix = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        output.Write(prefix);
        output.Write(header);
        foreach ((string _, Tensor value) in tensors)
        {
            switch (value.DType.Size())
            {
                case 1:
                    WriteElements<byte>(output, value);
                    break;
                case 2:
                    WriteElements<short>(output, value);
                    break;
                case 4:
                    WriteElements<int>(output, value);
                    break;
                default:
                    WriteElements<long>(output, value);
                    break;
            }
        }
    }

    private static void WriteElements<T>(Output output, Tensor value) where T : unmanaged
    {
        const int Piece = 1 << 24;
        ReadOnlySpan<T> elements = value.ToArray<T>();
        for (int start = 0; start < elements.Length; start += Piece)
        {
            output.Write(MemoryMarshal.AsBytes(elements.Slice(start, Math.Min(Piece, elements.Length - start))));
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

    /// <summary>A file, and the checksum of what is written to it.</summary>
    private readonly record struct Output(Stream Stream, IncrementalHash? Hash)
    {
        internal void Write(ReadOnlySpan<byte> bytes)
        {
            Stream.Write(bytes);
            Hash?.AppendData(bytes);
        }
    }
}
