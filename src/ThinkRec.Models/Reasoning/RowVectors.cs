using ThinkRec.Torch;

namespace ThinkRec.Models.Reasoning;

/// <summary>Vectors of users just before rows of the dataset. The encoder is frozen, so each is worked out once and remembered.</summary>
/// <remarks>Rows of one user are worked out in blocks that the dataset alone decides: in another company a vector could differ in its last bits.</remarks>
/// <param name="encoder">The encoder, borrowed.</param>
/// <param name="prompts">Knows the users' states before rows.</param>
internal sealed class RowVectors(ICollaborativeEncoder encoder, PromptEncoder prompts)
{
    private const long MaxBytes = 256 << 20;
    private const int BlockSize = 16;
    private readonly Dictionary<int, float[]> _known = [];

    /// <summary>Gives vectors.</summary>
    /// <param name="rows">Row numbers.</param>
    /// <returns>[n, d], on the CPU, in the current scope.</returns>
    internal Tensor Of(IReadOnlyList<int> rows)
    {
        var vectors = new float[rows.Count * encoder.VectorSize];
        for (int i = 0; i < rows.Count; i++)
        {
            if (!_known.TryGetValue(rows[i], out float[]? vector))
            {
                WorkOut(prompts.BlockOf(rows[i], BlockSize));
                vector = _known[rows[i]];
            }

            vector.CopyTo(vectors, i * encoder.VectorSize);
        }

        return Tensor.From(vectors, rows.Count, encoder.VectorSize);
    }

    private void WorkOut(int[] rows)
    {
        if ((_known.Count + rows.Length) * (long)encoder.VectorSize * sizeof(float) > MaxBytes)
        {
            _known.Clear();
        }

        using var scope = TensorScope.Begin();
        float[] vectors = encoder.UserVectors([.. rows.Select(row => prompts.StateBefore(row, encoder.HistoryLength))]).ToFloats();
        foreach ((int row, float[] vector) in rows.Zip(vectors.Chunk(encoder.VectorSize)))
        {
            _known[row] = vector;
        }
    }
}
