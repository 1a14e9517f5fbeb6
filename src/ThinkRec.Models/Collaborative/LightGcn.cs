using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Collaborative;

/// <summary>Vectors of users and items, smoothed over the graph of likes; the logit of a like is the dot product of the smoothed ones.</summary>
/// <remarks>
/// Source: arXiv 2002.02126, in the variant of the ThinkRec authors (edges only for training likes, repeated likes add up, no self loops, mean over the
/// layers). Parity: lightgcn. The graph is built once, as compressed rows, and never written to disk. A step sums weighted rows of the neighbours,
/// which is what an embedding bag does, and does it ten times as fast as the sparse product. Since the graph is symmetric, so is all of the
/// smoothing: gradients of smoothed vectors, smoothed themselves, are those of the tables, and no step needs to be recorded for backward.
/// </remarks>
public sealed class LightGcn : Module
{
    private static readonly Op WeightedSums = new("aten::_embedding_bag_forward_only");
    private readonly int _numUsers;
    private readonly Tensor _neighbours; // [edges], node by node
    private readonly Tensor _starts; // [nodes + 1], places of each node's first neighbour
    private readonly Tensor _weights; // [edges]

    /// <summary>Builds the model and its graph.</summary>
    /// <param name="path">Where weights come from; keys <c>embedding_user.weight</c> and <c>embedding_item.weight</c>.</param>
    /// <param name="config">Sizes.</param>
    /// <param name="numUsers">Rows of the user table, padding included.</param>
    /// <param name="numItems">Rows of the item table, padding included.</param>
    /// <param name="likes">User and item of each like; one that occurs twice counts twice.</param>
    public LightGcn(WeightPath path, LightGcnConfig config, int numUsers, int numItems, IReadOnlyList<(int User, int Item)> likes)
    {
        (Config, _numUsers) = (config, numUsers);
        var init = new Init.Normal(config.InitDeviation);
        Users = Add(new Embedding(path / "embedding_user", numUsers, config.EmbeddingSize, init));
        Items = Add(new Embedding(path / "embedding_item", numItems, config.EmbeddingSize, init));
        using var scope = TensorScope.Begin();
        (Tensor neighbours, Tensor starts, Tensor weights) = Graph(numUsers, numItems, likes);
        (_neighbours, _starts, _weights) = (neighbours.Own(), starts.Own(), weights.Own());
    }

    /// <summary>Sizes.</summary>
    public LightGcnConfig Config { get; }

    /// <summary>[users, d], before smoothing.</summary>
    public Embedding Users { get; }

    /// <summary>[items, d], before smoothing.</summary>
    public Embedding Items { get; }

    /// <summary>Smooths all vectors over the graph: the mean over no step, one step, … of passing them to the neighbours.</summary>
    /// <returns>[users, d] and [items, d], outside any graph; give their gradients to <see cref="PassBack"/>.</returns>
    public (Tensor Users, Tensor Items) Propagate() => Smoothed(Users.Weight.Value, Items.Weight.Value);

    /// <summary>Leaves on the tables the gradients that follow from those of smoothed vectors.</summary>
    /// <param name="users">[users, d], borrowed.</param>
    /// <param name="items">[items, d], borrowed.</param>
    public void PassBack(Tensor users, Tensor items)
    {
        using var scope = TensorScope.Begin();
        (Tensor ofUsers, Tensor ofItems) = Smoothed(users, items);
        Users.Weight.Value.SetGrad(ofUsers);
        Items.Weight.Value.SetGrad(ofItems);
    }

    /// <summary>Leaves the smoothed vectors in tables.</summary>
    /// <param name="tables">Tables of the same sizes, overwritten.</param>
    public void CopyTo(MatrixFactorization tables)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        (Tensor users, Tensor items) = Propagate();
        tables.Users.Weight.Value.CopyInPlace(users);
        tables.Items.Weight.Value.CopyInPlace(items);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _neighbours.Dispose();
            _starts.Dispose();
            _weights.Dispose();
        }

        base.Dispose(disposing);
    }

    private (Tensor Users, Tensor Items) Smoothed(Tensor users, Tensor items)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        Tensor layer = Tensor.Cat(0, users, items);
        Tensor sum = layer;
        for (int i = 0; i < Config.NumLayers; i++)
        {
            layer = WeightedSums.CallAll(layer, _neighbours, _starts, false, 0, false, _weights, true)[0];
            sum += layer;
        }

        sum.MulInPlace(1.0 / (Config.NumLayers + 1));
        return (scope.Return(sum.Narrow(0, 0, _numUsers)), scope.Return(sum.Narrow(0, _numUsers, sum.Size(0) - _numUsers)));
    }

    /// <summary>D^-1/2 A D^-1/2 of the graph with users first, row by row; a node without a like has an empty row.</summary>
    private static (Tensor Neighbours, Tensor Starts, Tensor Weights) Graph(int numUsers, int numItems, IReadOnlyList<(int User, int Item)> likes)
    {
        var degrees = new double[numUsers + numItems];
        foreach ((int user, int item) in likes)
        {
            degrees[user]++;
            degrees[numUsers + item]++;
        }

        // Each edge in both directions, a row's together; likes that occur twice follow each other and are added up.
        var ends = new (int From, int To)[2 * likes.Count];
        for (int i = 0; i < likes.Count; i++)
        {
            (int user, int item) = likes[i];
            (ends[2 * i], ends[(2 * i) + 1]) = ((user, numUsers + item), (numUsers + item, user));
        }

        Array.Sort(ends);
        var neighbours = new List<long>(ends.Length);
        var weights = new List<float>(ends.Length);
        var starts = new long[degrees.Length + 1];
        for (int i = 0; i < ends.Length;)
        {
            (int from, int to) = ends[i];
            int first = i;
            while (i < ends.Length && ends[i] == (from, to))
            {
                i++;
            }

            neighbours.Add(to);
            weights.Add((float)((i - first) / Math.Sqrt(degrees[from] * degrees[to])));
            starts[from + 1]++;
        }

        for (int node = 0; node < degrees.Length; node++)
        {
            starts[node + 1] += starts[node];
        }

        return (Tensor.From([.. neighbours], neighbours.Count), Tensor.From(starts, starts.Length), Tensor.From([.. weights], weights.Count));
    }
}
