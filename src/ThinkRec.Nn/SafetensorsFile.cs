using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;
using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>A safetensors file, mapped into memory and checked in full when opened; nothing in it is trusted.</summary>
/// <remarks>Format: 8 bytes of header length, little endian; a JSON header; the data.</remarks>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private readonly SafetensorsHeader _header;
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly long _dataStart;

    private SafetensorsFile(string path, SafetensorsHeader header, MemoryMappedFile map, long dataStart)
    {
        Path = path;
        _header = header;
        _map = map;
        _view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _dataStart = dataStart;
    }

    /// <summary>The file, as it was asked for.</summary>
    public string Path { get; }

    /// <summary>Names of the tensors.</summary>
    public IReadOnlyCollection<string> Keys => _header.Tensors.Keys;

    /// <summary>Free texts of the file's writer.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Opens a file and checks all it says about itself.</summary>
    /// <param name="path">The file; it must not change while it is open.</param>
    /// <returns>The file, which the caller disposes.</returns>
    /// <exception cref="CheckpointException">The file is missing, unreadable or damaged.</exception>
    public static SafetensorsFile Open(string path)
    {
        try
        {
            using SafeFileHandle handle = File.OpenHandle(path);
            long length = RandomAccess.GetLength(handle);
            SafetensorsHeader header = ReadHeader(path, handle, length, out long dataStart);
            MemoryMappedFile map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            try
            {
                return new SafetensorsFile(path, header, map, dataStart);
            }
            catch
            {
                map.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CheckpointException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Whether there is such a tensor.</summary>
    /// <param name="key">Its name.</param>
    /// <returns>True when there is.</returns>
    public bool Contains(string key) => _header.Tensors.ContainsKey(key);

    /// <summary>Type and shape of a tensor.</summary>
    /// <param name="key">Its name.</param>
    /// <returns>Both.</returns>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public TensorInfo Describe(string key) => _header.Tensors.TryGetValue(key, out TensorInfo? info) ? info
        : throw new CheckpointException($"Weight '{key}' is not in {Path} ({Keys.Count} tensors).");

    /// <summary>Copies a tensor out of the file.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="requireFinite">Refuses infinities and not-a-numbers.</param>
    /// <returns>The tensor, on the CPU, in the current scope.</returns>
    /// <exception cref="CheckpointException">There is no such tensor, or it has elements that its type or the caller does not allow.</exception>
    public Tensor Read(string key, bool requireFinite = false)
    {
        TensorInfo info = Describe(key);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            byte* data = start + _view.PointerOffset + _dataStart + info.Begin;
            Tensor tensor = Copied(key, info, data);
            if (requireFinite && info.DType is DType.Float16 or DType.BFloat16 or DType.Float32 or DType.Float64)
            {
                CheckFinite(key, tensor);
            }

            return tensor;
        }
        finally
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    /// <summary>Copies a tensor's values into an existing one of the same shape.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="target">Changed in place.</param>
    /// <exception cref="CheckpointException">There is no such tensor, or the shapes differ.</exception>
    public void ReadInto(string key, Tensor target)
    {
        TensorInfo info = Describe(key);
        if (!target.Shape.ToArray().SequenceEqual(info.Shape))
        {
            throw new CheckpointException($"{Path}: tensor '{key}' must be [{string.Join(", ", target.Shape.ToArray())}] but is [{string.Join(", ", info.Shape)}]. Was the configuration changed since?");
        }

        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        target.CopyInPlace(Read(key));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.Dispose();
        _map.Dispose();
    }

    private static SafetensorsHeader ReadHeader(string path, SafeFileHandle handle, long length, out long dataStart)
    {
        Span<byte> prefix = stackalloc byte[sizeof(ulong)];
        if (length < prefix.Length || RandomAccess.Read(handle, prefix, 0) != prefix.Length)
        {
            throw SafetensorsHeader.Damaged(path, $"a safetensors file has at least 8 bytes but this one has {length}.");
        }

        ulong headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerBytes > SafetensorsHeader.MaxBytes || (long)headerBytes > length - prefix.Length)
        {
            throw SafetensorsHeader.Damaged(path, $"the header claims {headerBytes} bytes; the file has {length}, and {SafetensorsHeader.MaxBytes} is the limit.");
        }

        byte[] json = new byte[headerBytes];
        int filled = 0;
        while (filled < json.Length)
        {
            int read = RandomAccess.Read(handle, json.AsSpan(filled), prefix.Length + filled);
            filled += read > 0 ? read : throw SafetensorsHeader.Damaged(path, "the file ended inside its header.");
        }

        dataStart = prefix.Length + json.Length;
        return SafetensorsHeader.Parse(path, json, length - dataStart);
    }

    private Tensor Copied(string key, TensorInfo info, byte* data)
    {
        long count = (info.End - info.Begin) / info.DType.Size();
        if (count > Array.MaxLength)
        {
            throw new CheckpointException($"Weight '{key}' in {Path} has {count} elements; at most {Array.MaxLength} are supported. Split it.");
        }

        long[] shape = [.. info.Shape];
        int length = (int)count;
        if (info.DType == DType.Bool && new ReadOnlySpan<byte>(data, length).IndexOfAnyExceptInRange((byte)0, (byte)1) >= 0)
        {
            throw SafetensorsHeader.Damaged(Path, $"tensor '{key}' is BOOL but has bytes other than 0 and 1.");
        }

        return info.DType.Size() switch
        {
            1 => Tensor.From(new ReadOnlySpan<byte>(data, length), info.DType, shape),
            2 => Tensor.From(new ReadOnlySpan<short>(data, length), info.DType, shape),
            4 => Tensor.From(new ReadOnlySpan<int>(data, length), info.DType, shape),
            _ => Tensor.From(new ReadOnlySpan<long>(data, length), info.DType, shape),
        };
    }

    private void CheckFinite(string key, Tensor tensor)
    {
        using var scope = TensorScope.Begin();
        double count = tensor.IsFinite().LogicalNot().Sum().ToDouble();
        if (count > 0)
        {
            throw new CheckpointException($"Weight '{key}' in {Path} has {count} elements that are not finite. The training that wrote it diverged, or the file is damaged.");
        }
    }
}
