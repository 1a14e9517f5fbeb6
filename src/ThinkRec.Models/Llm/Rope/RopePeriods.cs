namespace ThinkRec.Models.Llm.Rope;

/// <summary>How far apart positions are at which a pair of a head's elements has turned by one radian.</summary>
/// <remarks>Sources: arXiv 2104.09864 §3.4.2 (plain), 2306.15595 (linear), 2407.21783 §3.4.1 and its published code (llama3), 2309.00071 §3 (yarn).</remarks>
internal static class RopePeriods
{
    /// <summary>The period of each pair.</summary>
    /// <param name="config">Shape, sound.</param>
    /// <returns>Half as many as a head has elements.</returns>
    internal static double[] Of(LlamaConfig config)
    {
        int half = config.HeadSize / 2;
        double[] plain = [.. Enumerable.Range(0, half).Select(pair => Math.Pow(config.RopeTheta, (double)pair / half))];

        // Dynamic scaling changes nothing up to max_position_embeddings, and longer texts are refused.
        return config.RopeScaling is not RopeScaling scaling ? plain : scaling.Kind switch
        {
            "linear" => [.. plain.Select(period => period * scaling.Factor!.Value)],
            "llama3" => [.. plain.Select(period => Llama3(period, scaling))],
            "yarn" => Yarn(plain, config, scaling),
            _ => plain,
        };
    }

    /// <summary>What cosines and sines are multiplied by.</summary>
    /// <param name="config">Shape, sound.</param>
    /// <returns>1 except with yarn.</returns>
    internal static double Amplitude(LlamaConfig config) => config.RopeScaling is { Kind: "yarn" } scaling
        ? scaling.AttentionFactor ?? ((0.1 * Math.Log(scaling.Factor!.Value)) + 1)
        : 1;

    private static double Llama3(double period, RopeScaling scaling)
    {
        double factor = scaling.Factor!.Value, low = scaling.LowFreqFactor!.Value, high = scaling.HighFreqFactor!.Value;
        double turns = scaling.OriginalMaxPositionEmbeddings!.Value / (2 * Math.PI * period);
        double kept = Math.Clamp((turns - low) / (high - low), 0, 1);
        return period / (((1 - kept) / factor) + kept);
    }

    private static double[] Yarn(double[] plain, LlamaConfig config, RopeScaling scaling)
    {
        double length = scaling.OriginalMaxPositionEmbeddings ?? config.MaxPositionEmbeddings;
        double first = PairThatTurns(scaling.BetaFast ?? 32), last = PairThatTurns(scaling.BetaSlow ?? 1);
        if (scaling.Truncate ?? true)
        {
            (first, last) = (Math.Floor(first), Math.Ceiling(last));
        }

        (first, last) = (Math.Max(first, 0), Math.Min(last, (2 * plain.Length) - 1));
        last = last == first ? last + 0.001 : last;
        return [.. plain.Select((period, pair) =>
        {
            double stretched = Math.Clamp((pair - first) / (last - first), 0, 1);
            return period / ((stretched / scaling.Factor!.Value) + 1 - stretched);
        })];

        double PairThatTurns(double turns) => plain.Length * Math.Log(length / (turns * 2 * Math.PI)) / Math.Log(config.RopeTheta);
    }
}
