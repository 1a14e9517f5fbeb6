using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>The gradient of a table of which a step has used few rows; all other rows have none.</summary>
/// <param name="Rows">Row numbers, each once.</param>
/// <param name="Values">[rows · size], row by row in that order; there may be room behind.</param>
public sealed record RowGradient(int[] Rows, float[] Values)
{
    /// <summary>The gradient of the whole table, zero where no row was used.</summary>
    /// <param name="count">Rows of the table.</param>
    /// <param name="size">Length of a row.</param>
    /// <returns>[count, size], in the current scope.</returns>
    public Tensor ToTable(long count, int size)
    {
        Tensor table = Tensor.Zeros([count, size]);
        Span<float> all = table.AsFloats();
        for (int i = 0; i < Rows.Length; i++)
        {
            Values.AsSpan(i * size, size).CopyTo(all[(Rows[i] * size)..]);
        }

        return table;
    }

    /// <summary>Sum of the squares of all elements.</summary>
    /// <param name="size">Length of a row.</param>
    /// <returns>Not finite when an element is not.</returns>
    internal double SumOfSquares(int size)
    {
        double sum = 0;
        for (int i = 0; i < Rows.Length; i++)
        {
            ReadOnlySpan<float> row = Values.AsSpan(i * size, size);
            sum += FloatVectors.Dot(row, row);
        }

        return sum;
    }

    /// <summary>Multiplies all elements.</summary>
    /// <param name="size">Length of a row.</param>
    /// <param name="factor">The factor.</param>
    internal void Scale(int size, double factor)
    {
        foreach (ref float value in Values.AsSpan(0, Rows.Length * size))
        {
            value *= (float)factor;
        }
    }
}
