using ThinkRec.Data;

namespace ThinkRec.Models.Collaborative;

/// <summary>What a user's labels and ratings alone say at a moment: how much kinder or harder than others the user is, lately and over all, and about which properties.</summary>
/// <remarks>
/// Residuals are what a label or rating is above what was to be expected of its item. Tastes are residuals less the user's present level, summed by
/// property and shrunk. Everything fades, so that a history cut at <see cref="History"/> interactions says nearly the same as a whole one.
/// </remarks>
public sealed class UserStatistics
{
    /// <summary>
    /// Numbers of a user's mood: residuals of labels and of ratings, decayed at four half-lives, of the last session and of the last event; the logarithms of the
    /// count and of the session's; whether the last event was this very second, and its residual then; the time gap, alone and with what changes with it.
    /// </summary>
    public const int Count = 20;

    /// <summary>So many interactions are worth looking back on.</summary>
    public const int History = 250;

    private const double Scale = 4; // a share near one half, as a logit
    private const long SessionGap = 3600;
    private const double LevelDecay = 0.93;
    private const double TasteDecay = 0.99;
    private const double KeywordPrior = 5;
    private const double YearPrior = 10;
    private static readonly double[] Decays = [.. new[] { 3.0, 10, 30, 100 }.Select(halfLife => Math.Pow(0.5, 1 / halfLife))];

    private readonly ItemStatistics _statistics;
    private readonly ItemProperties _properties;
    private readonly double[] _labels = new double[Decays.Length];
    private readonly double[] _ratings = new double[Decays.Length];
    private readonly double[] _weights = new double[Decays.Length];
    private readonly double[] _tastes;
    private readonly double[] _tasteWeights;
    private (double Label, double Rating, double Count) _session;
    private (double Sum, double Weight) _level;
    private (double Label, double Rating) _last;
    private long _time;
    private int _count;

    /// <summary>A user of whom nothing is known.</summary>
    /// <param name="statistics">The items' statistics.</param>
    /// <param name="properties">The items' properties.</param>
    public UserStatistics(ItemStatistics statistics, ItemProperties properties)
    {
        (_statistics, _properties) = (statistics, properties);
        (_tastes, _tasteWeights) = (new double[properties.Count], new double[properties.Count]);
    }

    /// <summary>Takes an interaction in; they come oldest first.</summary>
    /// <param name="number">Row number.</param>
    /// <param name="row">The row.</param>
    public void Add(int number, Interaction row)
    {
        (double label, double rating) = _statistics.Residuals(number, row);
        for (int i = 0; i < Decays.Length; i++)
        {
            _labels[i] = (_labels[i] * Decays[i]) + label;
            _ratings[i] = (_ratings[i] * Decays[i]) + rating;
            _weights[i] = (_weights[i] * Decays[i]) + 1;
        }

        AddTastes(row.Item, rating - (_level.Sum / (_level.Weight + 3)));
        _level = ((_level.Sum * LevelDecay) + rating, (_level.Weight * LevelDecay) + 1);
        _session = GoesOn(row.Timestamp) ? (_session.Label + label, _session.Rating + rating, _session.Count + 1) : (label, rating, 1);
        (_last, _time, _count) = ((label, rating), row.Timestamp, Math.Min(_count + 1, History));
    }

    /// <summary>Gives the numbers at a moment.</summary>
    /// <param name="now">Seconds since 1970; null for a session that begins long after the last event.</param>
    /// <param name="moods">Gets <see cref="Count"/> numbers.</param>
    /// <param name="tastes">Gets a number for each property: what the user's residual grows by along it.</param>
    public void Read(long? now, Span<float> moods, Span<float> tastes)
    {
        for (int i = 0; i < Decays.Length; i++)
        {
            moods[i] = (float)(Scale * _labels[i] / (_weights[i] + 2));
            moods[Decays.Length + i] = (float)(Scale * _ratings[i] / (_weights[i] + 2));
        }

        (double label, double rating, double count) = now is long time && GoesOn(time) ? _session : default;
        float same = _count > 0 && now == _time ? 1 : 0;
        float gap = Gap(now);
        float last = (float)(2 * _last.Label);
        ReadOnlySpan<float> rest =
        [
            (float)(Scale * label / (count + 2)), (float)(Scale * rating / (count + 2)), last, (float)(2 * _last.Rating),
            (float)(Math.Log(1 + _count) / 4), (float)(Math.Log(1 + count) / 4), same, same * last, gap, gap * last, gap * moods[0], gap * moods[1],
        ];
        rest.CopyTo(moods[(2 * Decays.Length)..]);
        for (int axis = 0; axis < _tastes.Length; axis++)
        {
            tastes[axis] = (float)(Scale * _tastes[axis] / (_tasteWeights[axis] + (axis == _tastes.Length - 1 ? YearPrior : KeywordPrior)));
        }
    }

    private void AddTastes(int item, double residual)
    {
        for (int axis = 0; axis < _tastes.Length; axis++)
        {
            _tastes[axis] *= TasteDecay;
            _tasteWeights[axis] *= TasteDecay;
        }

        foreach (int axis in _properties.KeywordsOf(item))
        {
            _tastes[axis] += residual;
            _tasteWeights[axis]++;
        }

        double year = _properties.YearOf(item);
        _tastes[^1] += year * residual;
        _tasteWeights[^1] += year * year;
    }

    private bool GoesOn(long time) => _count > 0 && time - _time < SessionGap;

    /// <summary>The time since the last event on a logarithmic scale from 0 to about 1; 1 without an event or a moment.</summary>
    private float Gap(long? now) => _count == 0 || now is null ? 1 : (float)(Math.Log2(1.0 + Math.Max(0, now.Value - _time)) / 24);
}
