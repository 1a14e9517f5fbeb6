using ThinkRec.Text;
using ThinkRec.Torch;

namespace ThinkRec.Models.Reasoning;

/// <summary>Prompts of one forward pass, padded on the right.</summary>
public sealed class PromptBatch
{
    /// <summary>Collates sequences.</summary>
    /// <param name="sequences">Token ids of each row.</param>
    /// <param name="vectors">Places for vectors of each row; positions count within the row.</param>
    /// <param name="states">The user of each row.</param>
    /// <param name="paddingId">Id that fills up short rows and vector places.</param>
    public PromptBatch(IReadOnlyList<int[]> sequences, IReadOnlyList<PromptVector[]> vectors, IReadOnlyList<UserState> states, int paddingId)
    {
        Sequences = sequences;
        States = states;
        Length = sequences.Max(s => s.Length);
        Ids = new long[sequences.Count * Length];
        Array.Fill(Ids, paddingId);
        var places = new List<(long, int, PromptVector)>();
        for (int row = 0; row < sequences.Count; row++)
        {
            for (int i = 0; i < sequences[row].Length; i++)
            {
                Ids[(row * Length) + i] = sequences[row][i];
            }

            foreach (PromptVector vector in vectors[row])
            {
                Array.Fill(Ids, paddingId, (row * Length) + vector.Position, vector.Count);
                places.Add((((long)row * Length) + vector.Position, row, vector));
            }
        }

        Places = places;
    }

    /// <summary>Token ids of each row, without padding.</summary>
    public IReadOnlyList<int[]> Sequences { get; }

    /// <summary>The user of each row.</summary>
    public IReadOnlyList<UserState> States { get; }

    /// <summary>Longest row.</summary>
    public int Length { get; }

    /// <summary>Number of rows.</summary>
    public int Count => Sequences.Count;

    /// <summary>Padded ids, row-major.</summary>
    internal long[] Ids { get; }

    /// <summary>Flat position, row and kind of each vector.</summary>
    internal IReadOnlyList<(long Flat, int Row, PromptVector Vector)> Places { get; }

    /// <summary>Flat position of the last real token of each row.</summary>
    /// <returns>Int64 [B].</returns>
    public Tensor LastPositions() =>
        Tensor.From([.. Sequences.Select((s, row) => ((long)row * Length) + s.Length - 1)], Count);
}
