using ThinkRec.Models.Llm;

namespace ThinkRec.GpuCheck;

/// <summary>Floating-point operations that a model needs, without any that an implementation adds: a multiplication and an addition count two.</summary>
internal static class ModelFlops
{
    /// <summary>Per token of prompts that are read, with logits of the last position of each.</summary>
    internal static double Prefill(LlamaConfig config, int length) => Layers(config) + Attention(config, length / 2.0) + (Head(config) / length);

    /// <summary>Per token generated after a prompt, in the middle of the new ones.</summary>
    internal static double Generation(LlamaConfig config, int prompt, int newTokens) => Layers(config) + Attention(config, prompt + (newTokens / 2.0)) + Head(config);

    /// <summary>Per token of a training step of adapters, with a loss at every position.</summary>
    /// <remarks>Backwards, frozen weights pass gradients on and get none: as much again as forwards, and twice that in attention.</remarks>
    internal static double Training(LlamaConfig config, int length, int rank)
    {
        long adapters = LlamaWeight.All(config).Where(IsProjection).Sum(weight => weight.Shape.Sum()) * rank;
        return (2 * (Layers(config) + Head(config))) + (3 * Attention(config, length / 2.0)) + (6.0 * adapters);
    }

    private static bool IsProjection(LlamaWeight weight) => weight.Part == LlamaPart.Layers && weight.Shape.Count == 2;

    private static double Layers(LlamaConfig config) => 2.0 * LlamaWeight.All(config).Where(IsProjection).Sum(weight => weight.Elements);

    private static double Head(LlamaConfig config) => 2.0 * config.VocabSize * config.HiddenSize;

    /// <summary>Scores and sums of one query over so many keys, in all layers and heads.</summary>
    private static double Attention(LlamaConfig config, double keys) => 4.0 * config.NumHiddenLayers * config.NumAttentionHeads * config.HeadSize * keys;
}
