using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Llm.Files;

/// <summary>A checkpoint of karpathy's llama2.c in its first format, under Hugging Face's keys and in its layout.</summary>
/// <remarks>
/// Seven 32-bit integers (width, inner width, layers, heads, key and value heads, vocabulary, positions; a negative vocabulary means a head of its own), then
/// Float32 weights kind by kind, each for all layers. There a head's pairs lie side by side; in Hugging Face's layout they lie half a head apart.
/// </remarks>
internal sealed class Llama2cFile : ITensorStore
{
    private const int HeaderBytes = 7 * sizeof(int);
    private const int LaterMagic = 0x616b3432;
    private const int BeginId = 1, EndId = 2;
    private const int PieceElements = 1 << 20;
    private readonly SafeFileHandle _handle;
    private readonly LlamaConfig _config;
    private readonly Dictionary<string, (TensorInfo Info, long Start)> _tensors = new(StringComparer.Ordinal);

    private Llama2cFile(string path, SafeFileHandle handle, LlamaConfig config)
    {
        (Path, _handle, _config) = (path, handle, config);
        long start = HeaderBytes;
        foreach ((string key, long[] shape) in Layout(config))
        {
            if (key.Length > 0)
            {
                _tensors.Add(key, (new TensorInfo(DType.Float32, shape), start));
            }

            start += sizeof(float) * shape.Aggregate(1L, (product, size) => product * size);
        }

        long length = RandomAccess.GetLength(handle);
        if (length != start)
        {
            throw new CheckpointException($"{path} has {length} bytes but a llama2.c checkpoint of its header has {start}. It is cut short or in another format; fetch it again.");
        }
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Keys => _tensors.Keys;

    /// <summary>The only checkpoint in a folder.</summary>
    /// <param name="folder">A folder; it need not exist.</param>
    /// <returns>The file's path; null when there is none or there are several.</returns>
    internal static string? Find(string folder)
    {
        string[] found = !Directory.Exists(folder) ? [] : [.. Directory.EnumerateFiles(folder, "*.bin").Where(file => !System.IO.Path.GetFileName(file).StartsWith("tok", StringComparison.Ordinal)
            && !System.IO.Path.GetFileName(file).StartsWith("pytorch_model", StringComparison.Ordinal)).Take(2)];
        return found.Length == 1 ? found[0] : null;
    }

    /// <summary>Reads the header.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <returns>The shape, sound.</returns>
    /// <exception cref="CheckpointException">The file cannot be read, or no such model is built.</exception>
    internal static LlamaConfig ReadConfig(string path)
    {
        using SafeFileHandle handle = OpenFile(path);
        return ReadConfig(path, handle);
    }

    /// <summary>Opens a checkpoint and checks that it has as many bytes as its header says.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <returns>The store, which the caller disposes.</returns>
    /// <exception cref="CheckpointException">The file cannot be read or is of another length.</exception>
    internal static Llama2cFile Open(string path)
    {
        SafeFileHandle handle = OpenFile(path);
        try
        {
            return new Llama2cFile(path, handle, ReadConfig(path, handle));
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool Contains(string key) => _tensors.ContainsKey(key);

    /// <inheritdoc/>
    public TensorInfo Describe(string key) => Place(key).Info;

    /// <inheritdoc/>
    public Tensor Read(string key, DType? dtype, Device device, bool requireFinite)
    {
        (TensorInfo info, long start) = Place(key);
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        Tensor target = Tensor.Empty([.. info.Shape], dtype ?? DType.Float32, device);
        Tensor flat = target.Reshape(-1);
        var piece = new float[(int)Math.Min(PieceElements, flat.NumElements)];
        for (long at = 0; at < flat.NumElements; at += piece.Length)
        {
            using var inner = TensorScope.Begin();
            Span<float> part = piece.AsSpan(0, (int)Math.Min(piece.Length, flat.NumElements - at));
            Fill(Path, _handle, MemoryMarshal.AsBytes(part), start + (at * sizeof(float)));
            if (requireFinite && part.ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
            {
                throw new CheckpointException($"Weight '{key}' in {Path} has elements that are not finite. The training that wrote it diverged, or the file is damaged.");
            }

            flat.Narrow(0, at, part.Length).CopyInPlace(Tensor.From(part, part.Length));
        }

        bool isRotated = key.EndsWith("q_proj.weight", StringComparison.Ordinal) || key.EndsWith("k_proj.weight", StringComparison.Ordinal);
        return scope.Return(isRotated ? target.IndexSelect(0, HalvesFromPairs(info.Shape[0]).To(device)) : target);
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    /// <summary>Keys and shapes in the file's order; what is computed anyway has an empty key.</summary>
    private static IEnumerable<(string Key, long[] Shape)> Layout(LlamaConfig config)
    {
        long width = config.HiddenSize, inner = config.IntermediateSize, queries = (long)config.NumAttentionHeads * config.HeadSize, keys = (long)config.KeyValueHeads * config.HeadSize;
        yield return ("model.embed_tokens.weight", [config.VocabSize, width]);
        foreach ((string name, long[] shape) in new (string, long[])[]
        {
            ("input_layernorm", [width]), ("self_attn.q_proj", [queries, width]), ("self_attn.k_proj", [keys, width]), ("self_attn.v_proj", [keys, width]),
            ("self_attn.o_proj", [width, queries]), ("post_attention_layernorm", [width]),
            ("mlp.gate_proj", [inner, width]), ("mlp.down_proj", [width, inner]), ("mlp.up_proj", [inner, width]),
        })
        {
            for (int layer = 0; layer < config.NumHiddenLayers; layer++)
            {
                yield return ($"model.layers.{layer}.{name}.weight", shape);
            }
        }

        yield return ("model.norm.weight", [width]);
        yield return ("", [2, config.MaxPositionEmbeddings, config.HeadSize / 2]); // cosines and sines
        if (!config.TieWordEmbeddings)
        {
            yield return ("lm_head.weight", [config.VocabSize, width]);
        }
    }

    private static LlamaConfig ReadConfig(string path, SafeFileHandle handle)
    {
        Span<byte> bytes = stackalloc byte[HeaderBytes];
        Fill(path, handle, bytes, 0);
        var header = new int[7];
        for (int i = 0; i < header.Length; i++)
        {
            header[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(i * sizeof(int))..]);
        }

        if (header[0] == LaterMagic)
        {
            throw new CheckpointException($"{path} is a llama2.c checkpoint of version {header[1]}, which is not read. Export it with version 0, or as a Hugging Face folder.");
        }

        var config = new LlamaConfig
        {
            HiddenSize = header[0],
            IntermediateSize = header[1],
            NumHiddenLayers = header[2],
            NumAttentionHeads = header[3],
            NumKeyValueHeads = header[4],
            VocabSize = Math.Abs(Math.Max(header[5], -int.MaxValue)),
            MaxPositionEmbeddings = header[6],
            TieWordEmbeddings = header[5] > 0,
            RmsNormEps = 1e-5,
            EosTokenIds = Math.Abs((long)header[5]) > EndId ? [BeginId, EndId] : null, // texts are told apart by the begin token
        };
        string[] problems = [.. config.Problems()];
        return problems.Length == 0 ? config : throw new CheckpointException($"{path} is no llama2.c checkpoint: {string.Join("; ", problems)}. Give a model folder, or a checkpoint in llama2.c's first format.");
    }

    private static SafeFileHandle OpenFile(string path)
    {
        try
        {
            return File.OpenHandle(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CheckpointException($"{path} cannot be read: {e.Message}", e);
        }
    }

    private static void Fill(string path, SafeFileHandle handle, Span<byte> bytes, long offset)
    {
        for (int filled = 0; filled < bytes.Length;)
        {
            int read = RandomAccess.Read(handle, bytes[filled..], offset + filled);
            filled += read > 0 ? read : throw new CheckpointException($"{path} ends at byte {offset + filled}, expected {bytes.Length - filled} more. Fetch it again.");
        }
    }

    private (TensorInfo Info, long Start) Place(string key) => _tensors.TryGetValue(key, out (TensorInfo, long) found) ? found
        : throw new CheckpointException($"Weight '{key}' is not in {Path} ({Keys.Count} tensors).");

    /// <summary>Which row each row comes from: element i of a head's first half from 2i, of its second half from 2i + 1.</summary>
    private Tensor HalvesFromPairs(long rows)
    {
        int size = _config.HeadSize, half = size / 2;
        return Tensor.From([.. Enumerable.Range(0, (int)rows).Select(row => (long)((row / size * size) + (2 * (row % half)) + (row % size / half)))], rows);
    }
}
