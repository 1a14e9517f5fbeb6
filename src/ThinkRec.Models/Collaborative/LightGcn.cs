using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Collaborative;

/// <summary>Vectors of users and items, smoothed over the graph of likes; the logit of a like is the dot product of the smoothed ones.</summary>
/// <remarks>
/// Source: arXiv 2002.02126, in the variant of the ThinkRec authors (edges only for training likes, repeated likes add up, no self loops, mean over the
/// layers). Parity: lightgcn. The graph is built once and never written to disk.
/// </remarks>
public sealed class LightGcn : Module
{
    private static readonly Op SparseTensor = new("aten::sparse_coo_tensor", "indices_size");
    private static readonly Op Coalesce = new("aten::coalesce");
    private static readonly Op SparseProduct = new("aten::_sparse_mm");
    private readonly int _numUsers;
    private readonly Tensor _graph;

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
        _graph = Graph(numUsers, numItems, likes).Own();
    }

    /// <summary>Sizes.</summary>
    public LightGcnConfig Config { get; }

    /// <summary>[users, d], before smoothing.</summary>
    public Embedding Users { get; }

    /// <summary>[items, d], before smoothing.</summary>
    public Embedding Items { get; }

    /// <summary>Smooths all vectors over the graph: the mean over no step, one step, … of passing them to the neighbours.</summary>
    /// <returns>[users, d] and [items, d].</returns>
    public (Tensor Users, Tensor Items) Propagate()
    {
        using var scope = TensorScope.Begin();
        Tensor layer = Tensor.Cat(0, Users.Weight.Value, Items.Weight.Value);
        Tensor sum = layer;
        for (int i = 0; i < Config.NumLayers; i++)
        {
            layer = SparseProduct.Call(_graph, layer);
            sum += layer;
        }

        Tensor mean = sum.Mul(1.0 / (Config.NumLayers + 1));
        return (scope.Return(mean.Narrow(0, 0, _numUsers)), scope.Return(mean.Narrow(0, _numUsers, mean.Size(0) - _numUsers)));
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
            _graph.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>D^-1/2 A D^-1/2 of the graph with users first; a node without a like has an empty row.</summary>
    private static Tensor Graph(int numUsers, int numItems, IReadOnlyList<(int User, int Item)> likes)
    {
        int nodes = numUsers + numItems;
        var weights = new Dictionary<(int User, int Item), double>();
        var degrees = new double[nodes];
        foreach ((int User, int Item) like in likes)
        {
            weights[like] = weights.GetValueOrDefault(like) + 1;
            degrees[like.User]++;
            degrees[numUsers + like.Item]++;
        }

        var indices = new long[4 * weights.Count];
        var values = new float[2 * weights.Count];
        int edge = 0;
        foreach (((int user, int item), double weight) in weights.OrderBy(w => w.Key))
        {
            float value = (float)(weight / Math.Sqrt(degrees[user] * degrees[numUsers + item]));
            SetEdge(edge++, user, numUsers + item, value);
            SetEdge(edge++, numUsers + item, user, value);
        }

        return Coalesce.Call(SparseTensor.Call(Tensor.From(indices, 2, values.Length), Tensor.From(values, values.Length), new long[] { nodes, nodes }));

        void SetEdge(int place, int from, int to, float value) => (indices[place], indices[values.Length + place], values[place]) = (from, to, value);
    }
}
