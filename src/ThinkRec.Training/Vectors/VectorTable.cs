namespace ThinkRec.Training.Vectors;

/// <summary>Vectors of users or of items, with their ids.</summary>
/// <param name="Ids">Each once.</param>
/// <param name="Size">Length of a vector.</param>
/// <param name="Values">[ids · size], vector by vector, in the order of the ids.</param>
public sealed record VectorTable(IReadOnlyList<string> Ids, int Size, float[] Values)
{
    /// <summary>The longest vectors that are written and read.</summary>
    public const int MaxSize = 4096;

    /// <summary>One vector.</summary>
    /// <param name="row">Place of its id.</param>
    /// <returns>A view of <see cref="Size"/> numbers.</returns>
    public ReadOnlySpan<float> Of(int row) => Values.AsSpan(row * Size, Size);
}
