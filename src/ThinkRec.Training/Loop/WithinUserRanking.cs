using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Training.Loop;

/// <summary>Ranks the rows of each user: how often a dislike stands above a like, as a loss. What all rows of a user share does not matter to it.</summary>
/// <remarks>Pairs as in BPR (arXiv 1205.2618, eq. of §4.1), between labelled rows of one group; the smooth form of 1 − UAUC.</remarks>
internal static class WithinUserRanking
{
    /// <summary>Mean over groups of the mean of -ln σ(like − dislike) over the group's pairs.</summary>
    /// <param name="scores">[n] logits, borrowed.</param>
    /// <param name="rows">For each the number of its group, rising from 0, and its label.</param>
    /// <returns>One number, in the current scope; null where no group has both labels.</returns>
    internal static Tensor? Loss(Tensor scores, IReadOnlyList<(int Group, bool Label)> rows)
    {
        var (likes, dislikes, weights) = (new List<long>(), new List<long>(), new List<float>());
        foreach (var group in Enumerable.Range(0, rows.Count).GroupBy(i => rows[i].Group))
        {
            int[] liked = [.. group.Where(i => rows[i].Label)];
            int[] disliked = [.. group.Where(i => !rows[i].Label)];
            foreach (int like in liked)
            {
                foreach (int dislike in disliked)
                {
                    likes.Add(like);
                    dislikes.Add(dislike);
                    weights.Add(1f / (liked.Length * disliked.Length));
                }
            }
        }

        if (likes.Count == 0)
        {
            return null;
        }

        using var scope = TensorScope.Begin();
        Tensor apart = scores.IndexSelect(0, Places(likes)) - scores.IndexSelect(0, Places(dislikes));
        Tensor weight = Tensor.From([.. weights], weights.Count).To(scores.Device);
        return scope.Return(Losses.BinaryCrossEntropyWithLogits(apart, Tensor.Full([likes.Count], 1, DType.Float32, scores.Device), weight));

        Tensor Places(List<long> places) => Tensor.From([.. places], places.Count).To(scores.Device);
    }
}
