using ThinkRec.Data;

namespace ThinkRec.Teaching;

/// <summary>A teacher without a language model: it weighs what the candidate shares with liked and disliked items and says so.</summary>
/// <remarks>It never reads the label, rating or split of the row it is asked about, nor anything later than that row.</remarks>
public sealed class LocalTeacher
{
    /// <summary>The name recorded with its reasons.</summary>
    public const string Name = "local";

    private const double Smoothing = 1.0;
    private const double LevelWeight = 0.5;

    private readonly Dataset _dataset;
    private readonly Histories _histories;
    private readonly int _historyLength;
    private readonly Dictionary<string, double> _rarity;

    /// <summary>Prepares the teacher for a dataset.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="historyLength">How many of the last interactions it looks at.</param>
    public LocalTeacher(Dataset dataset, int historyLength = 10)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentOutOfRangeException.ThrowIfLessThan(historyLength, 1);
        (_dataset, _historyLength) = (dataset, historyLength);
        _histories = new Histories(dataset);
        _rarity = dataset.ItemTexts.SelectMany(text => text.Keywords.Distinct()).GroupBy(word => word, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => Math.Log(dataset.Items.Count / (double)group.Count()), StringComparer.Ordinal);
    }

    /// <summary>Votes on a row and gives the reason, both from the history before it.</summary>
    /// <param name="row">Row number in the dataset.</param>
    /// <returns>The vote and the reason.</returns>
    /// <exception cref="ArgumentException">The row has no history.</exception>
    public TeacherAnswer Answer(int row)
    {
        var history = _histories.Before(row, _historyLength, HistoryKind.Dual);
        if (history.Length == 0)
        {
            throw new ArgumentException($"Row {row} has no history, so there is nothing to give a reason from.", nameof(row));
        }
        var candidate = _dataset.ItemTexts[_dataset.Interactions[row].Item];
        Array.Reverse(history);                         // latest first: the freshest evidence is named
        var liked = Evidence(history, true, candidate);
        var disliked = Evidence(history, false, candidate);
        var weights = candidate.Keywords.Distinct().ToDictionary(word => word, word => Weight(word, liked, disliked), StringComparer.Ordinal);
        var score = (LevelWeight * Math.Log((liked.Length + Smoothing) / (disliked.Length + Smoothing))) + weights.Values.Sum();
        var isYes = score > 0;
        return new TeacherAnswer(isYes, score, new ReasonWriter(_dataset.ItemNounPlural, candidate, isYes, weights, row).Write(liked, disliked));
    }

    private SharedEvidence[] Evidence(int[] history, bool isLiked, ItemText candidate) =>
    [
        .. history.Select(row => _dataset.Interactions[row]).Where(row => row.Label == isLiked).Select(row => _dataset.ItemTexts[row.Item])
            .Select(text => new SharedEvidence(text.Title, [.. candidate.Keywords.Distinct().Where(word => text.Keywords.Contains(word))])),
    ];

    private double Weight(string word, SharedEvidence[] liked, SharedEvidence[] disliked)
    {
        double Share(SharedEvidence[] items) =>
            (items.Count(item => item.Keywords.Contains(word)) + (0.3 * Smoothing)) / (items.Length + Smoothing);
        return 0.4 * _rarity[word] * Math.Log(Share(liked) / Share(disliked));
    }
}
