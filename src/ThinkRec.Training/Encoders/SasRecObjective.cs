using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Training.Encoders;

/// <summary>
/// What <see cref="SasRecStage"/> minimises: a like is to score high; a dislike, and items drawn at random beside each like, low.
/// Without drawn items it is the point-wise cross-entropy of the ThinkRec authors; with likes alone and one drawn item SASRec's own; with more, and a calibration, gBCE.
/// </summary>
/// <param name="LikesOnly">Whether dislikes are left out.</param>
/// <param name="Negatives">k: items drawn beside each like, 0 for none.</param>
/// <param name="Calibration">t, 0 to 1: how much of the overconfidence that drawing few of many items brings is taken back.</param>
public readonly record struct SasRecObjective(bool LikesOnly, int Negatives, double Calibration)
{
    /// <summary>The weight β of a like's logarithm.</summary>
    /// <remarks>
    /// arXiv 2308.07192 §5.2: β = α·(t·(1 - 1/α) + 1/α) with the sampling rate α = k / (items - 1), which is 1 - t·(1 - α).
    /// </remarks>
    /// <param name="numItems">Items there are, padding not counted.</param>
    /// <returns>β, more than 0 and at most 1 when an item is drawn.</returns>
    public double Beta(int numItems) => Negatives == 0 ? 1 : 1 - (Calibration * (1 - Math.Min(1, (double)Negatives / Math.Max(1, numItems - 1))));

    /// <summary>Everything that keeps it from being minimised.</summary>
    /// <returns>One sentence each; none when it is sound.</returns>
    public IEnumerable<string> Problems()
    {
        if (Negatives is < 1 or > 4096)
        {
            yield return $"negatives is {Negatives}, expected 1 to 4096";
        }

        if (Calibration is not (>= 0 and <= 1))
        {
            yield return $"calibration is {Calibration}, expected 0 to 1";
        }
    }

    /// <summary>The mean over all logits, those of likes weighted by β.</summary>
    /// <param name="logits">[n], of the targets. Borrowed, as are all.</param>
    /// <param name="labels">Which targets are likes; n.</param>
    /// <param name="drawn">[likes, k], logits of the drawn items.</param>
    /// <param name="numItems">Items there are, padding not counted.</param>
    /// <returns>One number, in the current scope.</returns>
    public Tensor Loss(Tensor logits, bool[] labels, Tensor drawn, int numItems)
    {
        using var scope = TensorScope.Begin();
        int count = checked((int)drawn.NumElements);
        float[] likes = [.. labels.Select(isLike => isLike ? 1f : 0f), .. new float[count]];
        return scope.Return(Losses.GeneralizedBinaryCrossEntropy(Tensor.Cat(0, logits, drawn.Reshape(count)), Tensor.From(likes, likes.Length), Beta(numItems)));
    }
}
