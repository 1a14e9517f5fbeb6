using ThinkRec.Data;
using ThinkRec.Teaching;
using ThinkRec.Training.Configuration;

namespace ThinkRec.Training.Pipeline;

/// <summary>The reasons of a file that training may learn from: those about training rows that argue for what the user did.</summary>
/// <remarks>
/// A reason carries its row's label, so one about a validation or test row would teach what is measured later. One whose answer contradicts the label
/// would be learnt as the reason for the opposite, because examples take their answer from the row.
/// </remarks>
public sealed class TeacherReasons
{
    private readonly string _path;

    private TeacherReasons(string path, (int Row, string Text)[] usable, int heldOut, int contradicting) =>
        (_path, Usable, HeldOut, Contradicting) = (path, usable, heldOut, contradicting);

    /// <summary>Row number and text, without the answer, in the file's order.</summary>
    public IReadOnlyList<(int Row, string Text)> Usable { get; }

    /// <summary>Reasons about validation and test rows, which are left out.</summary>
    public int HeldOut { get; }

    /// <summary>Reasons about training rows whose answer is not the row's label, which are left out.</summary>
    public int Contradicting { get; }

    /// <summary>What is left out, in a sentence; null when nothing is.</summary>
    public string? Note => HeldOut + Contradicting == 0 ? null
        : $"{_path}: {Usable.Count} reasons are trained on; left out are {HeldOut} about validation or test rows and {Contradicting} whose answer is not what the user did.";

    /// <summary>Reads a file.</summary>
    /// <param name="path">A reasons.jsonl.</param>
    /// <param name="dataset">The dataset that it is for.</param>
    /// <returns>The reasons.</returns>
    /// <exception cref="DataFormatException">A line is damaged, or belongs to no row.</exception>
    public static TeacherReasons Read(string path, Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        IReadOnlyList<ReasonRow> reasons = ReasonFile.Read(path, dataset);
        (int Row, ReasonRow Reason)[] all = [.. ReasonFile.RowsOf(dataset, reasons).Zip(reasons)];
        (int Row, ReasonRow Reason)[] train = [.. all.Where(entry => dataset.Interactions[entry.Row].Split == Split.Train)];
        (int Row, string Text)[] usable =
        [
            .. train.Where(entry => dataset.Interactions[entry.Row].Label == (entry.Reason.Answer == "Yes"))
                .Select(entry => (entry.Row, entry.Reason.Reason[(entry.Reason.Answer.Length + 1)..].Trim())),
        ];
        return new TeacherReasons(path, usable, all.Length - train.Length, train.Length - usable.Length);
    }

    /// <summary>Refuses a file that leaves nothing to learn from.</summary>
    /// <exception cref="ConfigurationException">No reason is usable.</exception>
    public void Require()
    {
        if (Usable.Count == 0)
        {
            throw new ConfigurationException(_path, [$"no reason in it can be trained on: {HeldOut} are about validation or test rows, {Contradicting} have an answer that is not what the user did; "
                + "let reasons be written for training rows ('reasons synthesize'), or set thinking.enabled to false"]);
        }
    }
}
