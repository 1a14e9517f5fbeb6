using ThinkRec.Data;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Collaborative;

/// <summary>Mean binary cross-entropy of dot products of user and item rows, with its gradient of the rows used, in one pass over them.</summary>
/// <remarks>What autograd gives for <see cref="MatrixFactorization.Forward"/>, without the tables' other rows and without tensors in between.</remarks>
/// <param name="numUsers">Rows of the user table.</param>
/// <param name="numItems">Rows of the item table.</param>
/// <param name="size">Length of a vector.</param>
public sealed class DotProductLoss(int numUsers, int numItems, int size)
{
    private const int LeastElements = 32768; // what is worth another thread
    private readonly RowGroups _users = new(numUsers, size);
    private readonly RowGroups _items = new(numItems, size);
    private float[] _errors = [];
    private double[] _losses = [];

    /// <summary>Computes the loss and both gradients.</summary>
    /// <param name="tables">Users and items, Float32 on the CPU, borrowed.</param>
    /// <param name="rows">Whose users, items and labels; none is padding.</param>
    /// <returns>The mean loss, and the gradients, good until the next call.</returns>
    public (double Loss, RowGradient Users, RowGradient Items) Compute((Tensor Users, Tensor Items) tables, ReadOnlySpan<Interaction> rows)
    {
        if (_errors.Length < rows.Length)
        {
            (_errors, _losses) = (new float[rows.Length], new double[rows.Length]);
        }

        var labels = new bool[rows.Length];
        int[] users = new int[rows.Length], items = new int[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            (users[i], items[i], labels[i]) = (rows[i].User, rows[i].Item, rows[i].Label);
        }

        _users.Set(users);
        _items.Set(items);
        Errors(tables, labels);
        double loss = 0;
        foreach (double each in _losses.AsSpan(0, rows.Length))
        {
            loss += each / rows.Length;
        }

        return (loss, _users.Gradient(tables.Items, items, _errors), _items.Gradient(tables.Users, users, _errors));
    }

    /// <summary>Derivative of the mean loss by each logit.</summary>
    private void Errors((Tensor Users, Tensor Items) tables, bool[] labels)
    {
        Engine.ForRanges(labels.Length, (LeastElements / size) + 1, (first, end) =>
        {
            Span<float> users = tables.Users.AsFloats(), items = tables.Items.AsFloats();
            for (int i = first; i < end; i++)
            {
                float logit = FloatVectors.Dot(users.Slice(_users.RowOf[i] * size, size), items.Slice(_items.RowOf[i] * size, size));
                float chance = 1 / (1 + MathF.Exp(-logit));
                _errors[i] = (labels[i] ? chance - 1 : chance) / labels.Length;
                _losses[i] = Math.Max(logit, 0) - (labels[i] ? logit : 0) + Math.Log(1 + Math.Exp(-Math.Abs(logit)));
            }
        });
    }

    /// <summary>Which places of a batch name which row of a table.</summary>
    private sealed class RowGroups(int count, int size)
    {
        private readonly int[] _groupOf = [.. Enumerable.Repeat(-1, count)]; // by row, while a batch is set
        private int[] _places = []; // by group, one after the other
        private int[] _ends = [];
        private int[] _rows = [];
        private float[] _values = [];

        internal int[] RowOf { get; private set; } = [];

        internal void Set(int[] rowOf)
        {
            RowOf = rowOf;
            _rows = [.. rowOf.Distinct()];
            if (_places.Length < RowOf.Length)
            {
                (_places, _ends, _values) = (new int[RowOf.Length], new int[RowOf.Length + 1], new float[RowOf.Length * size]);
            }

            for (int group = 0; group < _rows.Length; group++)
            {
                (_groupOf[_rows[group]], _ends[group]) = (group, 0);
            }

            foreach (int row in RowOf)
            {
                _ends[_groupOf[row]]++;
            }

            int start = 0;
            for (int group = 0; group < _rows.Length; group++)
            {
                (start, _ends[group]) = (start + _ends[group], start); // its start, until its places are filled in
            }

            for (int place = 0; place < RowOf.Length; place++)
            {
                _places[_ends[_groupOf[RowOf[place]]]++] = place;
            }
        }

        /// <summary>Σ error · the other table's row, over the places of each row.</summary>
        internal RowGradient Gradient(Tensor other, int[] otherRowOf, float[] errors)
        {
            Engine.ForRanges(_rows.Length, (LeastElements / size) + 1, (first, end) =>
            {
                Span<float> vectors = other.AsFloats();
                for (int group = first; group < end; group++)
                {
                    Span<float> sum = _values.AsSpan(group * size, size);
                    sum.Clear();
                    for (int i = group == 0 ? 0 : _ends[group - 1]; i < _ends[group]; i++)
                    {
                        FloatVectors.AddScaled(errors[_places[i]], vectors.Slice(otherRowOf[_places[i]] * size, size), sum);
                    }
                }
            });
            return new RowGradient(_rows, _values);
        }
    }
}
