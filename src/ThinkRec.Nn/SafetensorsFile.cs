using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Type, shape and place of a tensor in a file.</summary>
/// <param name="DType">Element type.</param>
/// <param name="Shape">Sizes.</param>
/// <param name="Start">First byte, counted from the end of the header.</param>
/// <param name="End">Byte after the last.</param>
public sealed record TensorInfo(DType DType, long[] Shape, long Start, long End);

/// <summary>A safetensors file, memory-mapped. Every size in it is checked before it is used.</summary>
/// <remarks>Source: the format description of huggingface/safetensors.</remarks>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _data;
    private readonly Dictionary<string, TensorInfo> _tensors;

    private SafetensorsFile(string path, MemoryMappedFile map, MemoryMappedViewAccessor view, long headerLength, SafetensorsHeader header)
    {
        Path = path;
        _map = map;
        _view = view;
        _tensors = header.Tensors;
        Metadata = header.Metadata;
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _data = start + view.PointerOffset + sizeof(long) + headerLength;
    }

    /// <summary>Path of the file.</summary>
    public string Path { get; }

    /// <summary>Names of the tensors.</summary>
    public IReadOnlyCollection<string> Keys => _tensors.Keys;

    /// <summary>The file's texts.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens and checks a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The open file.</returns>
    /// <exception cref="CheckpointException">It is missing, truncated or damaged.</exception>
    public static SafetensorsFile Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new CheckpointException($"{path} is not there. Weights are read from safetensors files only.");
        }

        long length = new FileInfo(path).Length;
        byte[] header = ReadHeader(path, length);
        SafetensorsHeader parsed = SafetensorsHeader.Parse(path, header, length - sizeof(long) - header.Length);
        var map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        try
        {
            return new SafetensorsFile(path, map, map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read), header.Length, parsed);
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    /// <summary>Whether the file has a tensor.</summary>
    /// <param name="key">Its name.</param>
    /// <returns>True when it has.</returns>
    public bool Contains(string key) => _tensors.ContainsKey(key);

    /// <summary>Type and shape of a tensor.</summary>
    /// <param name="key">Its name.</param>
    /// <returns>What the header says.</returns>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public TensorInfo Describe(string key) => _tensors.TryGetValue(key, out TensorInfo? info) ? info
        : throw new CheckpointException($"{Path} has no tensor '{key}' (it has {_tensors.Count}, such as '{_tensors.Keys.FirstOrDefault()}').");

    /// <summary>Copies a tensor out of the file.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="requireFinite">Whether NaN and infinity are refused.</param>
    /// <returns>The tensor, on the CPU, in the current scope.</returns>
    /// <exception cref="CheckpointException">There is no such tensor, or a value is not finite.</exception>
    public Tensor Read(string key, bool requireFinite = false)
    {
        TensorInfo info = Describe(key);
        int bytes = checked((int)Math.Min(info.End - info.Start, int.MaxValue));
        if (bytes != info.End - info.Start)
        {
            throw new CheckpointException($"{Path}: tensor '{key}' has {info.End - info.Start} bytes; more than {int.MaxValue} in one tensor is not supported.");
        }

        Tensor tensor = Tensor.From(new ReadOnlySpan<byte>(_data + info.Start, bytes), info.DType, info.Shape);
        if (requireFinite && info.DType is DType.Float16 or DType.Float32 or DType.Float64 or DType.BFloat16)
        {
            RequireFinite(key, tensor);
        }

        return tensor;
    }

    /// <summary>Copies a tensor's values into an existing one of the same shape.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="target">Changed in place.</param>
    /// <exception cref="CheckpointException">There is no such tensor, or the shapes differ.</exception>
    public void ReadInto(string key, Tensor target)
    {
        TensorInfo info = Describe(key);
        if (!target.Shape.SequenceEqual(info.Shape))
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
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }

    private static byte[] ReadHeader(string path, long fileLength)
    {
        using FileStream stream = File.OpenRead(path);
        Span<byte> prefix = stackalloc byte[sizeof(long)];
        if (fileLength < sizeof(long) + 2)
        {
            throw new CheckpointException($"{path} has {fileLength} bytes; a safetensors file has at least {sizeof(long) + 2}. It is truncated: copy it again.");
        }

        stream.ReadExactly(prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > SafetensorsHeader.MaxBytes || (long)length > fileLength - sizeof(long))
        {
            throw new CheckpointException($"{path}: the header claims {length} bytes, but the file has {fileLength} and a header at most {SafetensorsHeader.MaxBytes}. It is truncated or no safetensors file.");
        }

        var header = new byte[length];
        stream.ReadExactly(header);
        return header;
    }

    private void RequireFinite(string key, Tensor tensor)
    {
        using var scope = TensorScope.Begin();
        double bad = tensor.IsFinite().LogicalNot().To(DType.Float32).Sum().ToDouble();
        if (bad > 0)
        {
            throw new CheckpointException($"{Path}: tensor '{key}' has {bad} values that are NaN or infinite. The training that wrote it diverged, or the file is damaged.");
        }
    }
}
