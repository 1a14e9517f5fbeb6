namespace ThinkRec.Data.Audit;

/// <summary>Looks at the rows that a teacher gave reasons for: reasons are for training, so none should be of a held-out row.</summary>
internal sealed class ReasonAudit(Dataset dataset, IReadOnlyList<int> reasonRows)
{
    private readonly Places _places = new(dataset);

    public IEnumerable<AuditFinding> Run()
    {
        var isMeasured = new bool[dataset.Users.Count];
        foreach (var row in dataset.RowsOf(Split.Valid).Concat(dataset.RowsOf(Split.Test)))
        {
            isMeasured[dataset.Interactions[row].User] = true;
        }
        var (heldOut, shared) = (new Tally(), new Tally());
        foreach (var row in reasonRows)
        {
            var interaction = dataset.Interactions[row];
            if (interaction.Split != Split.Train)
            {
                heldOut.Add(row);
            }
            else if (isMeasured[interaction.User])
            {
                shared.Add(row);
            }
        }
        if (heldOut.Count > 0)
        {
            yield return new("reasons-of-held-out-rows", FindingWeight.Error, heldOut.Count, reasonRows.Count,
                "Reasons are about validation or test rows: 'train' leaves them out, but whatever else reads the file learns their labels.",
                "Remove these lines from the reasons; ask the teacher about training rows alone.",
                heldOut.Show((row, _) => _places.OfRow(row, $"{Places.NameOf(dataset.Interactions[row].Split)} row with a reason")));
        }
        if (shared.Count > 0)
        {
            yield return new("reasons-of-measured-users", FindingWeight.Note, shared.Count, reasonRows.Count,
                "Reasons about training rows are of users who also have validation or test rows.",
                "Nothing is wrong with that when splits are by time; to measure on users whom no teacher wrote about, leave these lines out.",
                shared.Show((row, _) => _places.OfRow(row, "training row with a reason")));
        }
    }
}
