using ThinkRec.Data;

namespace ThinkRec.Training.Encoders;

/// <summary>Draws items that a user did not like in training.</summary>
/// <param name="dataset">The dataset.</param>
internal sealed class NegativeItems(Dataset dataset)
{
    private const int MaxDraws = 100;
    private readonly HashSet<(int User, int Item)> _likes = [.. LightGcnStage.Likes(dataset)];

    /// <summary>Any such item, each as likely as another; after many draws any item at all, for one who liked nearly everything.</summary>
    /// <param name="random">Source of the draws.</param>
    /// <param name="user">The user.</param>
    /// <returns>Dense item index, 1 or more.</returns>
    internal int Draw(SeededRandom random, int user)
    {
        int item = 0;
        for (int draw = 0; draw < MaxDraws && (item == 0 || _likes.Contains((user, item))); draw++)
        {
            item = 1 + random.NextInt(dataset.Items.Count - 1);
        }

        return item;
    }
}
