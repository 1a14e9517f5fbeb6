using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Collaborative;

/// <summary>Deep interest network: history items are weighted by what they say about the target, then a network scores target, interest and user.</summary>
/// <remarks>
/// Source: arXiv 1706.06978, in the sizes of the ThinkRec authors: an activation unit of 64 and 16 on [q, k, q - k, q·k] without softmax, 200 and 80 on top,
/// Dice in both, three separate tables. Parity: din.
/// Differs from the authors' code: histories lie end to end, so that no padded place enters the sums or the batch's mean and variance.
/// </remarks>
public sealed class Din : Module
{
    private static readonly Op IndexAdd = new("aten::index_add");
    private readonly Linear _unit1;
    private readonly Dice _unitDice1;
    private readonly Linear _unit2;
    private readonly Dice _unitDice2;
    private readonly Linear _unitOut;
    private readonly Linear _top1;
    private readonly Dice _topDice1;
    private readonly Linear _top2;
    private readonly Dice _topDice2;
    private readonly Linear _topOut;

    /// <summary>Builds the model.</summary>
    /// <param name="path">
    /// Where weights come from; keys <c>user_embedding</c>, <c>item_embedding</c>, <c>history_embedding</c>, <c>attention.N</c> and <c>mlp.N</c> (linear at 0, 2 and 4, Dice
    /// at 1 and 3).
    /// </param>
    /// <param name="config">Sizes.</param>
    /// <param name="numUsers">Rows of the user table, padding included.</param>
    /// <param name="numItems">Rows of the item tables, padding included.</param>
    public Din(WeightPath path, DinConfig config, int numUsers, int numItems)
    {
        Config = config;
        (long size, var init) = (config.EmbeddingSize, new Init.Normal(config.InitDeviation));
        Users = Add(new Embedding(path / "user_embedding", numUsers, size, init, paddingIndex: 0));
        Items = Add(new Embedding(path / "item_embedding", numItems, size, init, paddingIndex: 0));
        History = Add(new Embedding(path / "history_embedding", numItems, size, init, paddingIndex: 0));
        (WeightPath unit, WeightPath top) = (path / "attention", path / "mlp");
        (int wide, int narrow) = (config.AttentionSizes[0], config.AttentionSizes[1]);
        _unit1 = Add(new Linear(unit / 0, 4 * size, wide, bias: true));
        _unitDice1 = Add(new Dice(unit / 1, wide));
        _unit2 = Add(new Linear(unit / 2, wide, narrow, bias: true));
        _unitDice2 = Add(new Dice(unit / 3, narrow));
        _unitOut = Add(new Linear(unit / 4, narrow, 1, bias: true));
        (wide, narrow) = (config.NetworkSizes[0], config.NetworkSizes[1]);
        _top1 = Add(new Linear(top / 0, 3 * size, wide, bias: true));
        _topDice1 = Add(new Dice(top / 1, wide));
        _top2 = Add(new Linear(top / 2, wide, narrow, bias: true));
        _topDice2 = Add(new Dice(top / 3, narrow));
        _topOut = Add(new Linear(top / 4, narrow, 1, bias: true));
    }

    /// <summary>Sizes.</summary>
    public DinConfig Config { get; }

    /// <summary>[users, d].</summary>
    public Embedding Users { get; }

    /// <summary>[items, d]; read as target.</summary>
    public Embedding Items { get; }

    /// <summary>[items, d]; read as history.</summary>
    public Embedding History { get; }

    /// <summary>Scores pairs.</summary>
    /// <param name="users">Int64 [B], borrowed, as are all.</param>
    /// <param name="items">Int64 [B], the targets.</param>
    /// <param name="histories">B histories.</param>
    /// <returns>[B] logits.</returns>
    public Tensor Forward(Tensor users, Tensor items, DinInput histories)
    {
        using var scope = TensorScope.Begin();
        Tensor target = Items.Forward(items);                                            // [B, d]
        Tensor keys = History.Forward(histories.Items);                                  // [P, d]
        Tensor interest = histories.Items.Size(0) == 0 ? Tensor.Zeros([histories.Count, Config.EmbeddingSize])
            : Summed(keys * Weights(target.IndexSelect(0, histories.Owners), keys), histories);
        Tensor x = Tensor.Cat(-1, target, interest, Users.Forward(users));               // [B, 3d]
        x = F.Dropout(_topDice1.Forward(_top1.Forward(x)), Config.Dropout, IsTraining);
        x = F.Dropout(_topDice2.Forward(_top2.Forward(x)), Config.Dropout, IsTraining);
        return scope.Return(_topOut.Forward(x).Squeeze(-1));
    }

    /// <summary>What is known of users without a target: the mean of the history's vectors, and the user's own.</summary>
    /// <param name="users">Int64 [B], borrowed.</param>
    /// <param name="histories">B histories.</param>
    /// <returns>[B, 2d]; the first half is zero where the history is empty.</returns>
    public Tensor UserVectors(Tensor users, DinInput histories)
    {
        using var scope = TensorScope.Begin();
        Tensor interest = Summed(History.Forward(histories.Items) * histories.Shares, histories);
        return scope.Return(Tensor.Cat(-1, interest, Users.Forward(users)));
    }

    /// <summary>Gives rows that were not trained the mean of those that were.</summary>
    /// <param name="trainedUsers">By user index: whether a training row named the user.</param>
    /// <param name="trainedItems">By item index: whether a training row named the item.</param>
    public void FillUntrained(bool[] trainedUsers, bool[] trainedItems)
    {
        UntrainedRows.Fill(Users, trainedUsers, withPadding: true);
        UntrainedRows.Fill(Items, trainedItems, withPadding: true);
        UntrainedRows.Fill(History, trainedItems, withPadding: true);
    }

    /// <summary>Refuses weights that no training can have left.</summary>
    /// <exception cref="CheckpointException">A running variance is below 0; names it.</exception>
    internal void RequireSound()
    {
        foreach (Dice dice in new[] { _unitDice1, _unitDice2, _topDice1, _topDice2 })
        {
            dice.RequireSound();
        }
    }

    /// <summary>[P, 1].</summary>
    private Tensor Weights(Tensor target, Tensor keys)
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Cat(-1, target, keys, target - keys, target * keys); // [P, 4d]
        x = _unitDice1.Forward(_unit1.Forward(x));
        x = _unitDice2.Forward(_unit2.Forward(x));
        return scope.Return(_unitOut.Forward(x));
    }

    private Tensor Summed(Tensor values, DinInput histories)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(IndexAdd.Call(Tensor.Zeros([histories.Count, Config.EmbeddingSize]), 0, histories.Owners, values, 1));
    }
}
