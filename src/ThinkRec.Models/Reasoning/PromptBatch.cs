using ThinkRec.Text;
using ThinkRec.Torch;

namespace ThinkRec.Models.Reasoning;

/// <summary>Prompts of one forward pass, padded on the right, or one behind the other.</summary>
public sealed class PromptBatch
{
    private readonly int[] _starts;

    /// <summary>Collates sequences.</summary>
    /// <param name="sequences">Token ids of each row.</param>
    /// <param name="vectors">Places for vectors of each row; positions count within the row.</param>
    /// <param name="states">The user of each row.</param>
    /// <param name="paddingId">Id that fills up short rows and vector places.</param>
    /// <param name="packed">Whether the sequences lie one behind the other in one row without padding (<see cref="Llm.LlamaModel.Packs"/>).</param>
    public PromptBatch(
        IReadOnlyList<int[]> sequences, IReadOnlyList<PromptVector[]> vectors, IReadOnlyList<UserState> states, int paddingId, bool packed = false)
    {
        Sequences = sequences;
        States = states;
        Length = sequences.Max(s => s.Length);
        Lengths = packed ? [.. sequences.Select(s => s.Length)] : null;
        _starts = new int[sequences.Count];
        for (int row = 1; row < _starts.Length; row++)
        {
            _starts[row] = _starts[row - 1] + (packed ? sequences[row - 1].Length : Length);
        }

        Ids = new long[packed ? sequences.Sum(s => s.Length) : sequences.Count * Length];
        Shape = packed ? (1, Ids.Length) : (Count, Length);
        Array.Fill(Ids, paddingId);
        var places = new List<(long, int, PromptVector)>();
        for (int row = 0; row < sequences.Count; row++)
        {
            for (int i = 0; i < sequences[row].Length; i++)
            {
                Ids[_starts[row] + i] = sequences[row][i];
            }

            foreach (PromptVector vector in vectors[row])
            {
                Array.Fill(Ids, paddingId, _starts[row] + vector.Position, vector.Count);
                places.Add((_starts[row] + vector.Position, row, vector));
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

    /// <summary>Tokens of each sequence where they lie one behind the other (<see cref="Llm.DecoderContext.Lengths"/>); else null.</summary>
    public IReadOnlyList<int>? Lengths { get; }

    /// <summary>Rows and columns of the ids as the model sees them.</summary>
    public (int Rows, int Columns) Shape { get; }

    /// <summary>Flat position of a token.</summary>
    /// <param name="row">The sequence.</param>
    /// <param name="position">Position within it.</param>
    /// <returns>Counted over all ids.</returns>
    public int Flat(int row, int position) => _starts[row] + position;

    /// <summary>Padded ids, row-major.</summary>
    internal long[] Ids { get; }

    /// <summary>Flat position, row and kind of each vector.</summary>
    internal IReadOnlyList<(long Flat, int Row, PromptVector Vector)> Places { get; }

    /// <summary>Flat position of the last real token of each row.</summary>
    /// <returns>Int64 [B].</returns>
    public Tensor LastPositions() =>
        Tensor.From([.. Sequences.Select((s, row) => (long)Flat(row, s.Length - 1))], Count);
}
