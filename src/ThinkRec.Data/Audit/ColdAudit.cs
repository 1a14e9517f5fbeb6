namespace ThinkRec.Data.Audit;

/// <summary>Looks for users and items of the measured splits that no training row knows.</summary>
internal sealed class ColdAudit(Dataset dataset)
{
    private readonly Places _places = new(dataset);
    private readonly int[] _measured = [.. dataset.RowsOf(Split.Valid), .. dataset.RowsOf(Split.Test)];

    public IEnumerable<AuditFinding> Run() => _measured.Length == 0 ? [] :
    [
        .. Find("cold-users", "users", dataset.Users.Count, row => row.User, _places.OfUser,
            "Their vectors can only come from histories: see encoder.foldIn, and evaluate warm rows apart where that matters."),
        .. Find("cold-items", "items", dataset.Items.Count, row => row.Item, _places.OfItem,
            "Only their texts tell anything about them: give them keywords and years, or raise the window of train."),
    ];

    private IEnumerable<AuditFinding> Find(
        string kind, string noun, int size, Func<Interaction, int> idOf, Func<int, string, AuditExample> place, string advice)
    {
        var isWarm = new bool[size];
        foreach (var row in dataset.RowsOf(Split.Train))
        {
            isWarm[idOf(dataset.Interactions[row])] = true;
        }
        var rowsOfCold = new int[size];
        var met = new bool[size];
        var count = 0;
        foreach (var row in _measured)
        {
            var id = idOf(dataset.Interactions[row]);
            met[id] = true;
            if (!isWarm[id])
            {
                rowsOfCold[id]++;
                count++;
            }
        }
        if (count == 0)
        {
            return [];
        }
        var weight = 2 * count > _measured.Length ? FindingWeight.Warning : FindingWeight.Note;
        var examples = Enumerable.Range(0, size).Where(id => rowsOfCold[id] > 0).OrderByDescending(id => rowsOfCold[id]).Take(Tally.MaxExamples);
        return
        [
            new(kind, weight, count, _measured.Length,
                $"Validation and test rows are of {rowsOfCold.Count(rows => rows > 0)} {noun} without a training row, out of {met.Count(isMet => isMet)} there.",
                advice, [.. examples.Select(id => place(id, $"{rowsOfCold[id]} rows"))]),
        ];
    }
}
