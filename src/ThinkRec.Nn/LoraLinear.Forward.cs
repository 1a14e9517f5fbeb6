using ThinkRec.Torch;

namespace ThinkRec.Nn;

public sealed partial class LoraLinear
{
    private static readonly Op AddScaled = new("aten::add", "Tensor");

    /// <summary>Base projection plus the low-rank branch. Dropout acts on the branch only, and only while training.</summary>
    /// <param name="x">[B, .., in], dtype of the base weight. Borrowed.</param>
    /// <param name="blend">Adapters per row; null for the base weight as it stands, with what is merged into it. Borrowed.</param>
    /// <returns>[B, .., out], dtype of the base weight, in the current scope; the branch is computed in the adapters' dtype.</returns>
    /// <exception cref="InvalidOperationException">An adapter is merged and the blend asks for others.</exception>
    public Tensor Forward(Tensor x, AdapterBlend? blend) => ForwardAll(x, blend, this)[0];

    private Tensor ForwardAlone(Tensor x, AdapterBlend? blend)
    {
        using var scope = TensorScope.Begin();
        Tensor projected = Base.Forward(x);
        if (blend is null || IsCoveredByMerge(blend))
        {
            return scope.Return(projected);
        }

        int[] groups = Group(blend.Names, out List<LoraAdapter> adapters);
        if (adapters.Count == 0)
        {
            return scope.Return(projected);
        }

        blend.CheckRows(x);
        Tensor input = x.DType == adapters[0].A.Value.DType ? x : x.To(adapters[0].A.Value.DType);
        double dropout = IsTraining ? adapters.Max(a => a.Dropout) : 0;
        input = dropout > 0 ? F.Dropout(input, dropout, training: true) : input;
        Tensor hidden = input.Linear(Joined(0, adapters, a => a.A)); // [B, .., Σr]
        if (blend.Factors is Tensor factors)
        {
            hidden = blend.IsMixed ? Mix(hidden, factors, blend, groups, adapters) : Weigh(hidden, factors, blend, groups, adapters);
        }

        Tensor branch = hidden.Linear(Joined(1, adapters, a => a.B));
        branch = branch.DType == projected.DType ? branch : branch.To(projected.DType);
        return scope.Return(AddScaled.Call(projected, branch, blend.Factors is null ? adapters[0].Scaling : 1.0));
    }

    /// <summary>Multiplies the low-rank activations by w_k s_k, which one product spreads over the columns of each adapter.</summary>
    private static Tensor Weigh(Tensor hidden, Tensor weights, AdapterBlend blend, int[] groups, List<LoraAdapter> adapters)
    {
        int[] columns = Columns(adapters);
        string key = $"w {string.Join(',', groups)} {string.Join(',', adapters.Select(a => $"{a.A.Value.Size(0)}:{a.Scaling}"))}";
        Tensor spread = blend.Constant(key, hidden.DType, groups.Length, columns.Length,
            (k, column) => groups[k] == columns[column] ? adapters[groups[k]].Scaling : 0);
        Tensor factors = weights.To(hidden.DType).MatMul(spread); // [B, Σr]
        return hidden.Mul(factors.Reshape(OnePerRow(hidden, columns.Length)));
    }

    /// <summary>Applies M ⊗ I_r to the low-rank activations. Names that share an adapter add up, as the rule says.</summary>
    private Tensor Mix(Tensor hidden, Tensor mixing, AdapterBlend blend, int[] groups, List<LoraAdapter> adapters)
    {
        long rank = adapters[0].A.Value.Size(0);
        if (adapters.Exists(a => a.A.Value.Size(0) != rank))
        {
            throw new ArgumentException($"{Base.Weight.Key}: adapters {string.Join(", ", blend.Names)} have different ranks, so their factors cannot be mixed. Use a weighted blend.");
        }

        int[] columns = Columns(adapters);
        long width = columns.Length;
        Tensor spread = blend.Constant($"m {string.Join(',', groups)} {rank}", hidden.DType, groups.Length, width,
            (k, column) => groups[k] == columns[column] ? 1 : 0);
        Tensor diagonal = blend.Constant($"d {width} {rank}", hidden.DType, width, width, (i, j) => i % rank == j % rank ? 1 : 0);
        Tensor mixed = spread.Transpose(0, 1).MatMul(mixing.To(hidden.DType)).MatMul(spread).Mul(diagonal); // [B, Σr, Σr]
        Tensor flat = hidden.Reshape(hidden.Size(0), -1, width);
        return flat.MatMul(mixed.Transpose(1, 2)).Reshape(hidden.Shape.ToArray());
    }

    /// <summary>Which of the distinct adapters each name means; -1 where this layer has none of that name.</summary>
    private int[] Group(IReadOnlyList<string> names, out List<LoraAdapter> distinct)
    {
        distinct = [];
        int[] groups = new int[names.Count];
        for (int k = 0; k < groups.Length; k++)
        {
            if (!_adapters.TryGetValue(names[k], out LoraAdapter? adapter))
            {
                groups[k] = -1;
                continue;
            }

            groups[k] = distinct.IndexOf(adapter);
            if (groups[k] < 0)
            {
                groups[k] = distinct.Count;
                distinct.Add(adapter);
            }
        }

        return groups;
    }

    private bool IsCoveredByMerge(AdapterBlend blend)
    {
        if (_mergedName is null)
        {
            return false;
        }

        return blend.Factors is null && _adapters.GetValueOrDefault(blend.Names[0]) == _adapters[_mergedName] ? true
            : throw new InvalidOperationException($"{Base.Weight.Key}: adapter '{_mergedName}' is merged, so {string.Join(", ", blend.Names)} cannot act. Unmerge it first.");
    }

    private static Tensor Joined(long dimension, List<LoraAdapter> adapters, Func<LoraAdapter, Parameter> factor) =>
        adapters.Count == 1 ? factor(adapters[0]).Value : Tensor.Cat(dimension, [.. adapters.Select(a => factor(a).Value)]);

    /// <summary>Number of the adapter that each stacked column belongs to.</summary>
    private static int[] Columns(List<LoraAdapter> adapters) =>
        [.. adapters.SelectMany((a, d) => Enumerable.Repeat(d, (int)a.A.Value.Size(0)))];

    private static long[] OnePerRow(Tensor hidden, long width)
    {
        long[] shape = new long[hidden.Rank];
        Array.Fill(shape, 1);
        (shape[0], shape[^1]) = (hidden.Size(0), width);
        return shape;
    }
}
