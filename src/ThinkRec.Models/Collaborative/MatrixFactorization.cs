using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Collaborative;

/// <summary>A vector for each user and each item; the logit of a like is their dot product, without biases.</summary>
/// <remarks>Row 0 of both tables is padding: zero, without gradient. Parity: mf.</remarks>
public sealed class MatrixFactorization : Module
{
    /// <summary>Builds the model.</summary>
    /// <param name="path">Where weights come from; keys <c>user_embedding.weight</c> and <c>item_embedding.weight</c>.</param>
    /// <param name="config">Sizes.</param>
    /// <param name="numUsers">Rows of the user table, padding included.</param>
    /// <param name="numItems">Rows of the item table, padding included.</param>
    public MatrixFactorization(WeightPath path, MatrixFactorizationConfig config, int numUsers, int numItems)
    {
        Config = config;
        // Differs from the reference: initDeviation 0.02 instead of 1 unless configured, because it learns in a tenth of the epochs and generalises better.
        var init = new Init.Normal(config.InitDeviation);
        Users = Add(new Embedding(path / "user_embedding", numUsers, config.EmbeddingSize, init, paddingIndex: 0));
        Items = Add(new Embedding(path / "item_embedding", numItems, config.EmbeddingSize, init, paddingIndex: 0));
    }

    /// <summary>Sizes.</summary>
    public MatrixFactorizationConfig Config { get; }

    /// <summary>[users, d].</summary>
    public Embedding Users { get; }

    /// <summary>[items, d].</summary>
    public Embedding Items { get; }

    /// <summary>Scores pairs.</summary>
    /// <param name="users">Int64 [B], borrowed.</param>
    /// <param name="items">Int64 [B], borrowed.</param>
    /// <returns>[B] logits.</returns>
    public Tensor Forward(Tensor users, Tensor items)
    {
        using var scope = TensorScope.Begin();
        return scope.Return((Users.Forward(users) * Items.Forward(items)).Sum(-1));
    }
}
