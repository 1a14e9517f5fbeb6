using ThinkRec.Torch;

namespace ThinkRec.Nn;

public sealed partial class LoraLinear
{
    private static readonly Op Together = new("thinkrec::lora_linears");

    /// <summary>Several projections of one input, each as <see cref="Forward"/> does it; where the native operator can, in one, so that the input's gradient is summed up once.</summary>
    /// <param name="x">[B, .., in]. Borrowed.</param>
    /// <param name="blend">Adapters per row; null for none. Borrowed.</param>
    /// <param name="projections">Projections of inputs of one size.</param>
    /// <returns>One result for each, in the current scope.</returns>
    public static Tensor[] ForwardAll(Tensor x, AdapterBlend? blend, params ReadOnlySpan<LoraLinear> projections)
    {
        var weights = new List<Tensor>();
        var adapters = new List<LoraAdapter>();
        var which = new List<long>();
        bool isPlain = Fused.Takes(x) && blend is not { IsUniform: false };
        for (int i = 0; i < projections.Length; i++)
        {
            LoraLinear projection = projections[i];
            weights.Add(projection.Base.Weight.Value);
            if (blend is not null && projection._adapters.TryGetValue(blend.Names[0], out LoraAdapter? adapter) && !projection.IsMerged)
            {
                adapters.Add(adapter);
                which.Add(i);
            }

            isPlain &= projection._mergedName is null && Fused.Takes(projection.Base.Weight.Value);
        }

        double dropout = projections[0].IsTraining && adapters.Count > 0 ? adapters[0].Dropout : 0;
        isPlain &= weights.Count + adapters.Count > 1 && adapters.TrueForAll(a => Fused.Takes(a.A.Value) && Fused.Takes(a.B.Value) && a.Dropout == adapters[0].Dropout);
        if (!isPlain)
        {
            return [.. projections.ToArray().Select(p => p.ForwardAlone(x, blend))];
        }

        Tensor[] results = Together.CallAll(
            x, (Arg)weights.ToArray(), (Arg)adapters.ConvertAll(a => a.A.Value).ToArray(), (Arg)adapters.ConvertAll(a => a.B.Value).ToArray(),
            which.ToArray(), adapters.ConvertAll(a => a.Scaling).ToArray(), dropout);
        for (int i = 0; i < results.Length; i++)
        {
            results[i] = projections[i].Base.Bias is Parameter bias ? results[i] + bias.Value : results[i];
        }

        return results;
    }
}
