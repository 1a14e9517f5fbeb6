using ThinkRec.Models.Reasoning;
using ThinkRec.Torch;

namespace ThinkRec.Training.Stages;

/// <summary>Where in a batch there is a loss: no other position goes through the head, or, where they are few, through the last layer's products.</summary>
internal sealed class LossPositions
{
    private readonly Dictionary<long, long>? _order;

    /// <summary>Collects the positions.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="batch">Where they lie.</param>
    /// <param name="options">Parts of the loss; those without weight have no positions.</param>
    internal LossPositions(PreparedRow[] rows, PromptBatch batch, ObjectiveOptions options)
    {
        Answers = [.. rows.Select((r, i) => (long)batch.Flat(i, r.Prompt.Length - 1))];
        Marks = options.History > 0 ? [.. rows.SelectMany((r, i) => r.Prompt.MarkPositions.Select(p => (long)batch.Flat(i, p)))] : [];
        for (int i = 0; i < rows.Length; i++)
        {
            PreparedRow row = rows[i];
            AddWords(batch.Flat(i, row.Prompt.Length - 1), row.Answer, AnswerWeight(row, options));
            AddWords(batch.Flat(i, 0), row.Prompt.TokenIds[1..], options.Prompt);
        }

        long[] all = [.. Answers.Concat(Marks).Concat(Words.Select(w => w.Flat)).Distinct().Order()];
        if (all.Length <= batch.Shape.Rows * batch.Shape.Columns * 3L / 4)
        {
            _order = all.Select((flat, i) => (flat, i)).ToDictionary(p => p.flat, p => (long)p.i);
            Outputs = Tensor.From(all, all.Length);
        }
    }

    /// <summary>The last position of each row's prompt, where the answer is predicted.</summary>
    internal long[] Answers { get; }

    /// <summary>Positions before the answers of history items, row by row; none where they have no weight.</summary>
    internal long[] Marks { get; }

    /// <summary>Words that are predicted, the positions that predict them, and the weights within their rows.</summary>
    internal List<(long Flat, int Token, double Weight)> Words { get; } = [];

    /// <summary>Int64: the positions with a loss, in order, in the scope of the constructor; null where they are nearly all.</summary>
    internal Tensor? Outputs { get; }

    /// <summary>Words of a row that have a loss.</summary>
    /// <param name="row">The row.</param>
    /// <param name="options">Parts of the loss.</param>
    /// <returns>How many.</returns>
    internal static int WordCount(PreparedRow row, ObjectiveOptions options) =>
        (AnswerWeight(row, options) > 0 ? row.Answer.Length : 0) + (options.Prompt > 0 ? row.Prompt.Length - 1 : 0);

    /// <summary>Where positions are among the states that the model gives.</summary>
    /// <param name="flat">Positions with a loss.</param>
    /// <returns>Int64, in the current scope.</returns>
    internal Tensor Indices(long[] flat) => Tensor.From(_order is null ? flat : Array.ConvertAll(flat, p => _order[p]), flat.Length);

    private static double AnswerWeight(PreparedRow row, ObjectiveOptions options) => row.Example.Reason is null ? options.Gamma : options.Beta;

    private void AddWords(int first, int[] tokens, double weight)
    {
        for (int j = 0; weight > 0 && j < tokens.Length; j++)
        {
            Words.Add((first + j, tokens[j], weight / tokens.Length));
        }
    }
}
