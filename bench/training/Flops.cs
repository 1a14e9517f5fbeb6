using ThinkRec.Models.Llm;

namespace ThinkRec.Bench.Training;

/// <summary>Floating-point operations that a step cannot do without: two for each weight and token forward, two for the gradient that goes through it; of
/// attention the half that is not masked; the head and the last layer's feed-forward block at positions with a loss only.</summary>
internal static class Flops
{
    /// <summary>Operations of one step.</summary>
    /// <param name="model">The model.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="first">The lowest layer that trains; those below cost nothing more.</param>
    /// <returns>The number.</returns>
    internal static double Step(LlamaConfig model, Row[] rows, int first)
    {
        double hidden = model.HiddenSize, keys = model.KeyValueHeads * model.HeadSize, queries = model.NumAttentionHeads * model.HeadSize;
        double into = hidden * (queries + (2 * keys)), outOf = queries * hidden, wide = 3 * hidden * model.IntermediateSize;
        double tokens = rows.Sum(r => r.Prompt.Length + r.Answer.Length - 1.0);
        double losses = rows.Sum(r => (double)r.Answer.Length);
        double pairs = rows.Sum(r => Pairs(r.Prompt.Length + r.Answer.Length - 1.0));
        double adapters = Shape.Lora.Rank * ((2 * hidden) + queries + keys);
        double total = 4 * losses * hidden * model.VocabSize;
        for (int layer = first; layer < model.NumHiddenLayers; layer++)
        {
            double rest = layer == model.NumHiddenLayers - 1 ? losses : tokens;
            int through = layer == first ? 2 : 4; // no gradient goes below the lowest layer
            total += (through * tokens * into) + (4 * rest * (outOf + wide)) + ((through + 2) * tokens * adapters) + (12 * pairs * queries);
        }

        return total;
    }

    private static double Pairs(double length) => length * (length + 1) / 2;
}
