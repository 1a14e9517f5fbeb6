using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Llm;

/// <summary>In which element types, and where, the frozen weights of a model are held. Adapters are Float32 always.</summary>
public sealed record LoadOptions
{
    /// <summary>Type of all weights but the head's, and of what is computed with them.</summary>
    public DType DType { get; init; } = DType.Float32;

    /// <summary>Type of the output head, where it is not the embedding; null for <see cref="DType"/>.</summary>
    public DType? HeadDType { get; init; }

    /// <summary>Whether the projections are rounded to 8 bits, one after the other as they are read.</summary>
    public Quantization Quantize { get; init; }

    /// <summary>Where the weights lie.</summary>
    public Device Device { get; init; } = Device.Cpu;

    /// <summary>The type of a weight that has one of its own; null for <see cref="DType"/>.</summary>
    /// <param name="key">Key of the weight.</param>
    /// <returns>The head's type, Int8 for a projection that is rounded, or null.</returns>
    internal DType? DTypeOf(string key) =>
        key == "lm_head.weight" ? HeadDType : Quantize == Quantization.Int8 && LlamaWeight.IsProjection(key) ? Torch.DType.Int8 : null;

    /// <summary>Refuses what cannot be computed.</summary>
    /// <param name="path">The model, for the message.</param>
    /// <param name="config">Its shape.</param>
    /// <exception cref="CheckpointException">A type is not floating, is not computed on this device, or is asked of a head that the model does not have.</exception>
    internal void Require(string path, LlamaConfig config)
    {
        foreach (DType dtype in new[] { DType, HeadDType ?? DType })
        {
            if (dtype is not (DType.Float32 or DType.BFloat16 or DType.Float16))
            {
                throw new CheckpointException($"{path}: weights cannot be held as {dtype}. Use fp32, bf16 or fp16.");
            }

            if (dtype == DType.Float16 && !Device.IsCuda)
            {
                throw new CheckpointException($"{path}: fp16 is computed on a GPU only. Use bf16, which takes as little memory, or fp32.");
            }
        }

        if (config.TieWordEmbeddings && HeadDType is DType head && head != DType)
        {
            throw new CheckpointException($"{path}: the head is the token embedding (tie_word_embeddings) and has its type, {DType}. Leave the head's own type, {head}, out.");
        }
    }
}
