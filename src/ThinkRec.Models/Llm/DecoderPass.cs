using ThinkRec.Models.Llm.Rope;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Llm;

/// <summary>Rotations and masks of one forward pass, shared by its layers.</summary>
/// <param name="Rotary">What rotates.</param>
/// <param name="Rotation">Cosines and signed sines of the positions.</param>
/// <param name="Mask">Added to the scores of layers that see all earlier positions; null when nothing is hidden.</param>
/// <param name="WindowMask">Added to the scores of layers that see a window.</param>
/// <param name="Offsets">Int64 [sequences + 1], where the fused operator attends, which needs no mask: where each sequence begins; else null.</param>
internal readonly record struct DecoderPass(RotaryEmbedding Rotary, (Tensor Cos, Tensor Sin) Rotation, Tensor? Mask, Tensor? WindowMask, Tensor? Offsets = null);

/// <summary>Makes what the layers of one pass share.</summary>
/// <param name="config">Shape of the model.</param>
/// <param name="rotary">Its rotations.</param>
internal sealed class DecoderPassMaker(LlamaConfig config, RotaryEmbedding rotary)
{
    private static readonly Op Lower = new("aten::tril");
    private readonly long? _window = config.Windows?.Length;

    /// <summary>Prepares a pass.</summary>
    /// <param name="embeddings">[B, T, H], borrowed.</param>
    /// <param name="context">Cache and padding.</param>
    /// <returns>Its tensors belong to the current scope.</returns>
    /// <exception cref="ArgumentException">More positions than the model has, or padding for another number of rows.</exception>
    internal DecoderPass Begin(Tensor embeddings, in DecoderContext context)
    {
        if (context.Lengths is { } lengths)
        {
            return Packed(lengths, embeddings, context);
        }

        long start = context.Cache?.Length ?? 0, length = embeddings.Size(1), end = start + length;
        IReadOnlyList<int>? padding = context.LeftPadding is { } given && given.Any(count => count != 0) ? given : null;
        if (padding is not null && (padding.Count != embeddings.Size(0) || padding.Any(count => count < 0)))
        {
            throw new ArgumentException($"The left padding is of {padding.Count} rows ({string.Join(", ", padding.Take(8))}) but the batch is {embeddings}. Give 0 or more for each row.");
        }

        long positions = end - (padding?.Min() ?? 0);
        Require(positions);
        if (context.Cache is null && padding is null && Fused.Takes(embeddings) && !(length > _window))
        {
            long[] offsets = [.. Enumerable.Range(0, (int)embeddings.Size(0) + 1).Select(row => row * length)];
            return new DecoderPass(rotary, rotary.Range(0, length, embeddings), null, null, Tensor.From(offsets, offsets.Length));
        }

        Tensor? causal = length == 1 ? null : Causal(length, start, embeddings);
        Tensor? windowed = _window is long window && end > window ? Windowed(causal, length, start, window, embeddings) : causal;
        if (padding is null)
        {
            return new DecoderPass(rotary, rotary.Range(start, length, embeddings), causal, windowed);
        }

        Tensor hidden = Hidden(padding, length, start, embeddings.Device);
        long[] shape = [padding.Count, 1, length, end];
        Tensor masked = (causal ?? Nothing(length, end, embeddings)).Expand(shape).MaskedFill(hidden, double.NegativeInfinity);
        Tensor maskedWindow = windowed is null || windowed == causal ? masked : windowed.Expand(shape).MaskedFill(hidden, double.NegativeInfinity);
        return new DecoderPass(rotary, rotary.At(Positions(padding, length, start), positions - 1, embeddings), masked, maskedWindow);
    }

    private DecoderPass Packed(IReadOnlyList<int> lengths, Tensor embeddings, in DecoderContext context)
    {
        int longest = lengths.Max();
        Require(longest);
        if (context.Cache is not null || context.LeftPadding is not null || context.Blend is { IsUniform: false } || !Fused.Takes(embeddings)
            || longest > _window || lengths.Sum() != embeddings.Size(1) || embeddings.Size(0) != 1)
        {
            throw new ArgumentException($"Sequences of {string.Join(", ", lengths.Take(8))} tokens cannot lie one behind the other in {embeddings}: that needs one row of Float32 on the CPU, no cache, no left padding, no window and one blend for all.");
        }

        var offsets = new long[lengths.Count + 1];
        for (int i = 0; i < lengths.Count; i++)
        {
            offsets[i + 1] = offsets[i] + lengths[i];
        }

        return new DecoderPass(rotary, rotary.Range(0, longest, embeddings), null, null, Tensor.From(offsets, offsets.Length));
    }

    private void Require(long positions)
    {
        if (positions > config.MaxPositionEmbeddings)
        {
            throw new ArgumentException($"The prompt has {positions} tokens but the model takes {config.MaxPositionEmbeddings}. Shorten the history or the item texts.");
        }
    }

    private static Tensor Causal(long length, long start, Tensor like)
    {
        using var scope = TensorScope.Begin();
        Tensor mask = Tensor.Full([length, start + length], double.NegativeInfinity, DType.Float32, like.Device).Triu(start + 1); // [T, S]
        return scope.Return(Like(mask, like));
    }

    /// <summary>Hides what lies further back than the window, too.</summary>
    private static Tensor Windowed(Tensor? causal, long length, long start, long window, Tensor like)
    {
        using var scope = TensorScope.Begin();
        Tensor far = Like(Lower.Call(Tensor.Full([length, start + length], double.NegativeInfinity, DType.Float32, like.Device), start - window), like); // [T, S]
        return scope.Return(causal is null ? far : far + causal);
    }

    private static Tensor Nothing(long length, long end, Tensor like)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(Like(Tensor.Zeros([length, end], DType.Float32, like.Device), like));
    }

    /// <summary>Where a key is padding. A padding position sees itself: a row of scores that are all minus infinity would give no numbers.</summary>
    private static Tensor Hidden(IReadOnlyList<int> padding, long length, long start, Device device)
    {
        using var scope = TensorScope.Begin();
        Tensor keys = Tensor.Arange(start + length, device); // [S]
        Tensor first = Tensor.From([.. padding.Select(count => (long)count)], padding.Count, 1, 1, 1).To(device);
        Tensor self = keys.Eq(Tensor.Arange(length, device).Add(start).Unsqueeze(1)); // [T, S]
        return scope.Return(keys.Lt(first).Gt(self)); // [B, 1, T, S]
    }

    private static Tensor Positions(IReadOnlyList<int> padding, long length, long start)
    {
        var positions = new long[padding.Count * length];
        for (int i = 0; i < positions.Length; i++)
        {
            positions[i] = Math.Max(0, start + (i % length) - padding[(int)(i / length)]);
        }

        return Tensor.From(positions, padding.Count, length);
    }

    private static Tensor Like(Tensor mask, Tensor like) => like.DType == DType.Float32 ? mask : mask.To(like.DType);
}
