using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Collaborative;

/// <summary>Mean binary cross-entropy of dot products of user and item rows, with its gradient of the rows used, in one pass over them.</summary>
/// <remarks>What autograd gives for <see cref="MatrixFactorization.Forward"/>, without the tables' other rows and without tensors in between.</remarks>
public sealed class DotProductLoss
{
    private const int LeastElements = 32768; // what is worth another thread
    private readonly MatrixFactorization _model;
    private readonly RowGroups _users;
    private readonly RowGroups _items;
    private float[] _errors = [];
    private double[] _losses = [];

    /// <summary>Prepares for batches.</summary>
    /// <param name="model">Tables on the CPU, borrowed.</param>
    public DotProductLoss(MatrixFactorization model)
    {
        _model = model;
        _users = new RowGroups((int)model.Users.Weight.Value.Size(0), model.Config.EmbeddingSize);
        _items = new RowGroups((int)model.Items.Weight.Value.Size(0), model.Config.EmbeddingSize);
    }

    /// <summary>Computes the loss and leaves the gradients on both tables' <see cref="Parameter.RowGradient"/>; good until the next call.</summary>
    /// <param name="users">User rows, none of them padding.</param>
    /// <param name="items">Item rows, as many.</param>
    /// <param name="labels">Whether each was liked.</param>
    /// <returns>The mean loss.</returns>
    public double Compute(ReadOnlySpan<int> users, ReadOnlySpan<int> items, ReadOnlySpan<bool> labels)
    {
        if (_errors.Length < users.Length)
        {
            (_errors, _losses) = (new float[users.Length], new double[users.Length]);
        }

        _users.Set(users);
        _items.Set(items);
        Errors(labels.ToArray());
        _model.Users.Weight.RowGradient = _users.Gradient(_model.Items.Weight.Value, _items.RowOf, _errors);
        _model.Items.Weight.RowGradient = _items.Gradient(_model.Users.Weight.Value, _users.RowOf, _errors);
        return _losses.AsSpan(0, users.Length).ToArray().Average();
    }

    /// <summary>Derivative of the mean loss by each logit.</summary>
    private void Errors(bool[] labels)
    {
        int size = _model.Config.EmbeddingSize;
        Engine.ForRanges(labels.Length, (LeastElements / size) + 1, (first, end) =>
        {
            Span<float> users = _model.Users.Weight.Value.AsFloats(), items = _model.Items.Weight.Value.AsFloats();
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

        internal void Set(ReadOnlySpan<int> rowOf)
        {
            RowOf = rowOf.ToArray();
            _rows = [.. RowOf.Distinct()];
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
