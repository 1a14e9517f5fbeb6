namespace ThinkRec.Data.Audit;

/// <summary>Looks at the interactions one after the other: leakage in time, targets in histories, duplicates, ties.</summary>
/// <remarks>One pass; time and memory grow with the rows.</remarks>
internal sealed class RowAudit
{
    private readonly Dataset _dataset;
    private readonly Interaction[] _rows;
    private readonly Places _places;
    private readonly int[] _firstLater = [-1, -1, -1];      // by split: the first row of any later split
    private readonly int[] _heldOutRow;                     // by user: the first row of the latest split met so far
    private readonly int[] _lastRow;                        // by user
    private readonly Dictionary<(int User, int Item), int> _lastOfPair;
    private readonly Tally _late = new();
    private readonly Tally _future = new();
    private readonly Tally _measuredRepeats = new();
    private readonly Tally _trainRepeats = new();
    private readonly Tally _duplicates = new();
    private readonly Tally _contradictions = new();
    private readonly Tally _ties = new();

    public RowAudit(Dataset dataset)
    {
        _dataset = dataset;
        _rows = dataset.Interactions;
        _places = new Places(dataset);
        _heldOutRow = Filled(dataset.Users.Count);
        _lastRow = Filled(dataset.Users.Count);
        _lastOfPair = new Dictionary<(int, int), int>(_rows.Length);
        for (var split = 0; split < 2; split++)
        {
            int[] firsts = [.. Enumerable.Range(split + 1, 2 - split).Select(later => dataset.RowsOf((Split)later)).Where(rows => rows.Length > 0).Select(rows => rows[0])];
            _firstLater[split] = firsts.Length == 0 ? -1 : firsts.Min();
        }
    }

    public IEnumerable<AuditFinding> Run()
    {
        for (var row = 0; row < _rows.Length; row++)
        {
            CheckTime(row);
            CheckPair(row);
            _lastRow[_rows[row].User] = row;
        }
        var measured = _dataset.RowsOf(Split.Valid).Length + _dataset.RowsOf(Split.Test).Length;
        return
        [
            .. FutureFindings(),
            .. RepeatFindings(measured),
            .. Finding(_ties, "time-ties", FindingWeight.Warning, _rows.Length,
                "Rows share user and second with the row before them, so that the order of a history is that of the source's lines.",
                "Set prompt.strictTime to leave such rows out of histories, or prepare from times that are finer.",
                (row, other) => $"{_rows[row].Timestamp}, as {_places.LineOf(other)}"),
        ];
    }

    private static int[] Filled(int length)
    {
        var array = new int[length];
        Array.Fill(array, -1);
        return array;
    }

    private void CheckTime(int row)
    {
        var (user, split) = (_rows[row].User, _rows[row].Split);
        if (_firstLater[(int)split] is >= 0 and var first && _rows[row].Timestamp > _rows[first].Timestamp)
        {
            _late.Add(row, first);
        }
        if (_heldOutRow[user] is >= 0 and var heldOut && _rows[heldOut].Split > split)
        {
            _future.Add(row, heldOut);
        }
        else if (_heldOutRow[user] < 0 || split > _rows[_heldOutRow[user]].Split)
        {
            _heldOutRow[user] = row;
        }
        if (_lastRow[user] is >= 0 and var last && _rows[last].Timestamp == _rows[row].Timestamp)
        {
            _ties.Add(row, last);
        }
    }

    private void CheckPair(int row)
    {
        var pair = (_rows[row].User, _rows[row].Item);
        if (_lastOfPair.TryGetValue(pair, out var earlier))
        {
            (_rows[row].Split == Split.Train ? _trainRepeats : _measuredRepeats).Add(row, earlier);
            if (_rows[row].Timestamp == _rows[earlier].Timestamp)
            {
                (_rows[row].Label == _rows[earlier].Label ? _duplicates : _contradictions).Add(row, earlier);
            }
        }
        _lastOfPair[pair] = row;
    }

    private IEnumerable<AuditFinding> FutureFindings() =>
    [
        .. Finding(_future, "held-out-in-history", FindingWeight.Error, _rows.Length,
            "Rows have a row of a later split in their user's history, so that its label is read before it is asked for.",
            "Split by time: no row of a user may stand after one of a later split.",
            (row, other) => $"{Places.NameOf(_rows[row].Split)}, after {Places.NameOf(_rows[other].Split)} row {_places.LineOf(other)}"),
        .. Finding(_late, "time-leakage", FindingWeight.Error, _rows.Length,
            "Rows are later than the first row of a later split, so that models learn from the future of what they are measured on.",
            "Split by time: all rows of train before those of valid, and those before test. With leave-one-out splits that cannot be had.",
            (row, other) => $"{Places.NameOf(_rows[row].Split)} at {_rows[row].Timestamp}, but {Places.NameOf(_rows[other].Split)} begins at {_rows[other].Timestamp} ({_places.LineOf(other)})"),
    ];

    private IEnumerable<AuditFinding> RepeatFindings(int measured)
    {
        string Earlier(int row, int other) =>
            $"{Places.NameOf(_rows[row].Split)}, label {(_rows[row].Label ? 1 : 0)}; {(_rows[other].Label ? 1 : 0)} on {_places.LineOf(other)}";
        const string Keep = "Keep one row for a user and an item, the first or the last, when preparing.";
        return
        [
            .. Finding(_measuredRepeats, "target-in-history", FindingWeight.Error, measured,
                "Validation and test rows ask about an item that the user's history already answers.", Keep, Earlier),
            .. Finding(_trainRepeats, "target-in-training-history", FindingWeight.Warning, _rows.Length - measured,
                "Training rows ask about an item that the user's history already answers, which teaches to copy.", Keep, Earlier),
            .. Finding(_duplicates, "duplicates", FindingWeight.Warning, _rows.Length,
                "Rows repeat user, item, second and label of an earlier row.", "Remove the copies when preparing.", Earlier),
            .. Finding(_contradictions, "contradictions", FindingWeight.Warning, _rows.Length,
                "Rows repeat user, item and second of an earlier row with the other label.", "Find out which of the two holds and remove the other.", Earlier),
        ];
    }

    private IEnumerable<AuditFinding> Finding(
        Tally tally, string kind, FindingWeight weight, int total, string what, string advice, Func<int, int, string> detail) =>
        tally.Count == 0 ? [] : [new(kind, weight, tally.Count, total, what, advice, tally.Show((row, other) => _places.OfRow(row, detail(row, other))))];
}
