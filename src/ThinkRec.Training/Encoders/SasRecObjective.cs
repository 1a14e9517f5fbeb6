using ThinkRec.Nn;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Encoders;

/// <summary>
/// What <see cref="SasRecStage"/> minimises: the cross-entropy of the labels, as the ThinkRec authors; or that of the next like against items drawn at random, as the models' own
/// papers, where one drawn item is SASRec and several with a calibration are gSASRec; or the sum of both.
/// </summary>
/// <remarks>How the ThinkRec authors trained gSASRec on labels is not known; the sum is ours.</remarks>
/// <param name="Labels">Weight of the labels' cross-entropy; 0 leaves dislikes out.</param>
/// <param name="NextItem">Weight of the next like's; 0 draws nothing.</param>
/// <param name="Negatives">k: items drawn beside each like.</param>
/// <param name="Calibration">t, 0 to 1: how much of the overconfidence that drawing few of many items brings is taken back.</param>
public readonly record struct SasRecObjective(double Labels, double NextItem, int Negatives = 1, double Calibration = 0)
{
    /// <summary>The weight β of a like's logarithm.</summary>
    /// <remarks>
    /// arXiv 2308.07192 §5.2: β = α·(t·(1 - 1/α) + 1/α) with the sampling rate α = k / (items - 1), which is 1 - t·(1 - α).
    /// </remarks>
    /// <param name="numItems">Items there are, padding not counted.</param>
    /// <returns>β, more than 0 and at most 1.</returns>
    public double Beta(int numItems) => 1 - (Calibration * (1 - Math.Min(1, (double)Negatives / Math.Max(1, numItems - 1))));

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

        if (!(NextItem >= 0) || !double.IsFinite(NextItem))
        {
            yield return $"nextItemWeight is {NextItem}, expected 0 or more";
        }
    }

    /// <summary>The loss of a batch.</summary>
    /// <param name="logits">[n], of the targets. Borrowed, as are all.</param>
    /// <param name="labels">Which targets are likes; n.</param>
    /// <param name="likes">Int64 [likes]: those that are.</param>
    /// <param name="drawn">[likes, k], logits of the items drawn beside each.</param>
    /// <param name="numItems">Items there are, padding not counted.</param>
    /// <returns>Loss and terms, in the current scope.</returns>
    internal StepLoss Loss(Tensor logits, float[] labels, Tensor likes, Tensor drawn, int numItems)
    {
        Tensor both = Tensor.Cat(-1, logits.IndexSelect(0, likes).Unsqueeze(-1), drawn); // [likes, 1 + k]
        Tensor first = Tensor.Cat(-1, Tensor.Full([likes.NumElements, 1], 1), Tensor.Zeros(drawn.Shape.ToArray()));
        Tensor next = Losses.GeneralizedBinaryCrossEntropy(both, first, Beta(numItems));
        if (Labels == 0)
        {
            return new StepLoss(next.Mul(NextItem), [("next", next)]);
        }

        Tensor bce = Losses.BinaryCrossEntropyWithLogits(logits, Tensor.From(labels, labels.Length));
        return likes.NumElements == 0 // there is no next like to learn from
            ? new StepLoss(bce.Mul(Labels), [("bce", bce)])
            : new StepLoss(bce.Mul(Labels) + next.Mul(NextItem), [("bce", bce), ("next", next)]);
    }
}
