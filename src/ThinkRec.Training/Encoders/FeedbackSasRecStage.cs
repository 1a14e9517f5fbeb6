using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Nn;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Encoders;

/// <summary>
/// Trains <see cref="FeedbackSasRec"/> on whole sequences: every place of a window predicts the label of the item that comes next, in one pass.
/// Before that a regression on what can be counted sets where it begins.
/// </summary>
public sealed class FeedbackSasRecStage : EncoderStage<HistoryWindow>
{
    private const int MaxRegressionRows = 200_000;
    private const double Ridge = 30;
    private readonly FeedbackSasRec _model;
    private readonly ItemStatistics _statistics;
    private readonly ItemProperties _properties;
    private readonly UserTimeline _timeline;
    private readonly double _rankWeight;
    private readonly int _numEarlier;

    /// <summary>Counts, and begins the model at what counting says.</summary>
    /// <param name="dataset">Rows.</param>
    /// <param name="model">The model, borrowed.</param>
    /// <param name="statistics">The items' statistics.</param>
    /// <param name="properties">The items' properties.</param>
    /// <param name="optimization">How long and how fast; its batch counts windows.</param>
    /// <param name="seed">Seed of the windows' order.</param>
    /// <param name="numEarlier">So many first rows are only known, and no targets (<see cref="Dataset.WithEarlierRows"/>).</param>
    /// <param name="rankWeight">What ranking within a window weighs beside the labels' binary cross-entropy.</param>
    public FeedbackSasRecStage(
        Dataset dataset, FeedbackSasRec model, ItemStatistics statistics, ItemProperties properties, OptimizationOptions optimization, long seed, int numEarlier = 0, double rankWeight = 0)
        : base(dataset, model, optimization, seed, split => HistoryWindow.Cut(dataset, split, model.Config.MaxLength + 1, numEarlier))
    {
        (_model, _statistics, _properties, _numEarlier, _rankWeight) = (model, statistics, properties, numEarlier, rankWeight);
        _timeline = new UserTimeline(dataset, statistics, properties);
        BeginAtRegression();
    }

    /// <inheritdoc/>
    public override string Name => "sasrec-feedback";

    /// <inheritdoc/>
    public override StepLoss Loss(int step)
    {
        if (_rankWeight == 0)
        {
            return base.Loss(step);
        }

        HistoryWindow[] whole = Batch(step);
        HistoryWindow[] batch = Share(whole);
        if (batch.Length == 0)
        {
            return StepLoss.Empty();
        }

        (int Group, bool Label)[] rows = [.. batch.SelectMany((w, i) => w.Targets.Select(t => (i, Dataset.Interactions[w.Rows[t]].Label)))];
        float[] labels = [.. rows.Select(row => row.Label ? 1f : 0f)];
        Tensor logits = Logits(batch);
        Tensor bce = DataParallel.PartOf(Losses.BinaryCrossEntropyWithLogits(logits, Tensor.From(labels, labels.Length)), labels.Length, RowsOf(whole).Count());
        if (WithinUserRanking.Loss(logits, rows) is not Tensor mean)
        {
            return new StepLoss(bce, [("bce", bce.Detach())]);
        }

        Tensor rank = DataParallel.PartOf(mean, batch.Count(HasBothLabels), whole.Count(HasBothLabels));
        return new StepLoss(bce + rank.Mul(_rankWeight), [("bce", bce.Detach()), ("rank", rank.Detach())]);
    }

    private protected override int SamplesPerPass => 64;

    private protected override IEnumerable<int> RowsOf(HistoryWindow[] batch) => batch.SelectMany(w => w.Targets.Select(t => w.Rows[t]));

    private protected override Tensor Logits(HistoryWindow[] batch)
    {
        using var scope = TensorScope.Begin();
        var events = FeedbackEvents.From(Dataset, [.. batch.Select(w => w.Rows[..^1])], _statistics, _properties.Count);
        for (int i = 0; i < batch.Length; i++)
        {
            foreach (int t in batch[i].Targets)
            {
                _timeline.Mood(batch[i].Rows[t]).CopyTo(events.MoodAt(i, t));
                _timeline.Tastes(batch[i].Rows[t]).CopyTo(events.TastesAt(i, t));
            }
        }

        long[] places = [.. batch.SelectMany((w, i) => w.Targets.Select(t => ((long)i * events.Length) + t))];
        int[] targets = [.. RowsOf(batch)];
        long[] items = [.. targets.Select(row => (long)Dataset.Interactions[row].Item)];
        var numbers = new float[targets.Length * ItemStatistics.Count];
        for (int i = 0; i < targets.Length; i++)
        {
            _statistics.AsOf(targets[i], numbers.AsSpan(i * ItemStatistics.Count));
        }

        Tensor users = _model.UserVectors(events).Reshape(-1, _model.VectorSize).IndexSelect(0, Tensor.From(places, places.Length));
        return scope.Return((users * _model.ItemVectors(items, numbers)).Sum(-1));
    }

    /// <summary>Columns: mood, item, what the tastes say of its keywords, of its year, and one.</summary>
    private void BeginAtRegression()
    {
        const int Moods = UserStatistics.Count;
        const int Items = ItemStatistics.Count;
        int[] rows = [.. Dataset.RowsOf(Split.Train).Where(row => row >= _numEarlier)];
        int step = 1 + ((rows.Length - 1) / MaxRegressionRows);
        rows = [.. rows.Where((_, i) => i % step == 0)];
        int width = Moods + Items + 3;
        var cells = new double[rows.Length * width];
        var numbers = new float[Items];
        for (int i = 0; i < rows.Length; i++)
        {
            Span<double> line = cells.AsSpan(i * width, width);
            ReadOnlySpan<float> mood = _timeline.Mood(rows[i]);
            for (int j = 0; j < Moods; j++)
            {
                line[j] = mood[j];
            }

            _statistics.AsOf(rows[i], numbers);
            for (int j = 0; j < Items; j++)
            {
                line[Moods + j] = numbers[j];
            }

            (line[^3], line[^2]) = Agreement(rows[i]);
            line[^1] = 1;
        }

        float[] weights = [.. LogisticRegression.Fit(cells, [.. rows.Select(row => Dataset.Interactions[row].Label)], Ridge).Select(w => (float)w)];
        float[] tastes = [.. Enumerable.Range(0, _properties.Count).Select(axis => weights[axis == _properties.Count - 1 ? ^2 : ^3])];
        _model.BeginAt(weights[..Moods], weights[Moods..(Moods + Items)], tastes, weights[^1]);
    }

    /// <summary>What a user's tastes say of a row's item: of its keywords, and of its year.</summary>
    private (double Keywords, double Year) Agreement(int row)
    {
        int item = Dataset.Interactions[row].Item;
        ReadOnlySpan<float> tastes = _timeline.Tastes(row);
        var place = new float[_properties.Count];
        _properties.Fill(item, place);
        double keywords = 0;
        for (int axis = 0; axis < place.Length - 1; axis++)
        {
            keywords += tastes[axis] * place[axis];
        }

        return (keywords, tastes[^1] * place[^1]);
    }

    private bool HasBothLabels(HistoryWindow window) => window.Targets.Select(t => Dataset.Interactions[window.Rows[t]].Label).Distinct().Count() == 2;
}
