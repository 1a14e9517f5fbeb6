using ThinkRec.Models.Reasoning;
using ThinkRec.Text;

namespace ThinkRec.Training.Stages;

/// <summary>An example as token ids.</summary>
/// <param name="Example">The example.</param>
/// <param name="Prompt">Its prompt.</param>
/// <param name="Inputs">What the model reads: the prompt, and all of the answer but the last token, which predicts nothing.</param>
/// <param name="Answer">What it shall write.</param>
/// <param name="MarkLabels">Labels behind the prompt's marks.</param>
internal sealed record PreparedRow(Example Example, EncodedPrompt Prompt, int[] Inputs, int[] Answer, bool[] MarkLabels);

/// <summary>Rows of a step or of a part of one; made without tensors, so that any thread may.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="StepRows">Rows of the whole step.</param>
/// <param name="StepMarks">Marks in the prompts of the whole step.</param>
/// <param name="StepWords">Words of the whole step that have a loss.</param>
internal sealed record PreparedBatch(PreparedRow[] Rows, int StepRows, int StepMarks, int StepWords)
{
    /// <summary>The part of the step that these rows are.</summary>
    internal double Share => (double)Rows.Length / StepRows;

    /// <summary>Cuts a step into parts of like numbers of rows.</summary>
    /// <param name="count">How many, at most.</param>
    /// <returns>The parts, in the rows' order; none where there is no row.</returns>
    internal PreparedBatch[] Parts(int count) => Rows.Length == 0 ? []
        : [.. Rows.Chunk((Rows.Length + count - 1) / count).Select(rows => this with { Rows = rows })];

    /// <summary>The rows as the model reads them.</summary>
    /// <param name="paddingId">Fills up short rows.</param>
    /// <param name="packed">Whether they lie one behind the other.</param>
    /// <returns>The batch.</returns>
    internal PromptBatch Collate(int paddingId, bool packed) => new(
        [.. Rows.Select(r => r.Inputs)], [.. Rows.Select(r => r.Prompt.Vectors)], [.. Rows.Select(r => r.Example.State)], paddingId, packed);
}
