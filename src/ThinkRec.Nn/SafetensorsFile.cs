using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;
using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>A safetensors file, mapped into memory and checked in full when opened; nothing in it is trusted.</summary>
/// <remarks>Format: 8 bytes of header length, little endian; a JSON header; the data.</remarks>
public sealed unsafe class SafetensorsFile : ITensorStore
{
    /// <summary>Elements that are copied at a time: enough to be fast, and few beside any model.</summary>
    internal const int PieceElements = 1 << 20;

    private readonly SafetensorsHeader _header;
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly long _dataStart;
    private readonly long _length;

    private SafetensorsFile(string path, SafetensorsHeader header, MemoryMappedFile map, long dataStart, long length)
    {
        Path = path;
        _header = header;
        _map = map;
        _view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        (_dataStart, _length) = (dataStart, length);
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
                return new SafetensorsFile(path, header, map, dataStart, length);
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
    public Tensor Read(string key, bool requireFinite = false) => Read(key, null, Device.Cpu, requireFinite);

    /// <inheritdoc/>
    public Tensor Read(string key, DType? dtype, Device device, bool requireFinite)
    {
        TensorInfo info = Describe(key);
        bool isFloating = info.DType is DType.Float16 or DType.BFloat16 or DType.Float32 or DType.Float64;
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        Tensor target = Tensor.Empty([.. info.Shape], dtype ?? info.DType, device);
        Tensor flat = target.Reshape(-1);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            byte* data = start + _view.PointerOffset + _dataStart + info.Begin;
            long count = (info.End - info.Begin) / info.DType.Size();
            for (long at = 0; at < count; at += PieceElements)
            {
                using var inner = TensorScope.Begin();
                Tensor piece = Copied(key, info.DType, data + (at * info.DType.Size()), (int)Math.Min(PieceElements, count - at));
                if (requireFinite && isFloating)
                {
                    CheckFinite(key, piece, dtype == DType.Float16 && info.DType != DType.Float16);
                }

                flat.Narrow(0, at, piece.NumElements).CopyInPlace(piece);
            }

            return scope.Return(target);
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

    /// <summary>Refuses a file whose bytes are not those that were written with a checksum.</summary>
    /// <exception cref="CheckpointException">It has no checksum, or another.</exception>
    public void RequireChecksum()
    {
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            byte* file = start + _view.PointerOffset;
            byte[] header = new ReadOnlySpan<byte>(file + sizeof(ulong), (int)_dataStart - sizeof(ulong)).ToArray();
            string? found = SafetensorsChecksum.Of(new ReadOnlySpan<byte>(file, sizeof(ulong)), header, file + _dataStart, _length - _dataStart);
            string? written = Metadata.GetValueOrDefault(SafetensorsChecksum.Key);
            if (found is null || found != written)
            {
                throw new CheckpointException(written is null ? $"{Path} has no checksum." : $"{Path} has other bytes than were written: its checksum differs.");
            }
        }
        finally
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
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

    private Tensor Copied(string key, DType dtype, byte* data, int length)
    {
        if (dtype == DType.Bool && new ReadOnlySpan<byte>(data, length).IndexOfAnyExceptInRange((byte)0, (byte)1) >= 0)
        {
            throw SafetensorsHeader.Damaged(Path, $"tensor '{key}' is BOOL but has bytes other than 0 and 1.");
        }

        return dtype.Size() switch
        {
            1 => Tensor.From(new ReadOnlySpan<byte>(data, length), dtype, length),
            2 => Tensor.From(new ReadOnlySpan<short>(data, length), dtype, length),
            4 => Tensor.From(new ReadOnlySpan<int>(data, length), dtype, length),
            _ => Tensor.From(new ReadOnlySpan<long>(data, length), dtype, length),
        };
    }

    private void CheckFinite(string key, Tensor piece, bool mustFitHalf)
    {
        using var scope = TensorScope.Begin();
        double count = piece.IsFinite().LogicalNot().Sum().ToDouble();
        if (count > 0)
        {
            throw new CheckpointException($"Weight '{key}' in {Path} has {count} elements that are not finite. The training that wrote it diverged, or the file is damaged.");
        }

        if (mustFitHalf && piece.To(DType.Float16).IsFinite().LogicalNot().Sum().ToDouble() is > 0 and double large)
        {
            throw new CheckpointException($"Weight '{key}' in {Path} has {large} elements beyond 65504, which Float16 cannot hold. Use bf16 or fp32.");
        }
    }
}
