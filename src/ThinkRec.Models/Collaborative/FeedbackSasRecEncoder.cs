using ThinkRec.Data;
using ThinkRec.Models.Reasoning;
using ThinkRec.Torch;

namespace ThinkRec.Models.Collaborative;

/// <summary>Vectors of a trained <see cref="FeedbackSasRec"/>: a user's comes from the history alone, an item's from its words when it was never trained.</summary>
public sealed class FeedbackSasRecEncoder : ICollaborativeEncoder
{
    private readonly Dataset _log;
    private readonly int _numEarlier;
    private readonly ILookup<int, int> _earlierOf;
    private readonly ItemProperties _properties;

    /// <summary>Wraps a model.</summary>
    /// <param name="model">Owned from now on.</param>
    /// <param name="words">The model's words.</param>
    /// <param name="properties">The model's properties.</param>
    /// <param name="statistics">The items' statistics, of <see cref="Dataset.WithEarlierRows"/>.</param>
    /// <param name="dataset">What the rows of histories refer to.</param>
    /// <param name="trainedItems">By item index: whether a training row had the item as its target.</param>
    public FeedbackSasRecEncoder(FeedbackSasRec model, ItemWords words, ItemProperties properties, ItemStatistics statistics, Dataset dataset, bool[] trainedItems)
    {
        (Model, Words, _properties, Statistics, TrainedItems) = (model, words, properties, statistics, trainedItems);
        (_log, _numEarlier) = (dataset.WithEarlierRows(), dataset.EarlierRows.Length);
        _earlierOf = Enumerable.Range(0, _numEarlier).ToLookup(row => _log.Interactions[row].User);
        model.SetTraining(false);
    }

    /// <inheritdoc/>
    public string Name => "sasrec-feedback";

    /// <inheritdoc/>
    public int VectorSize => Model.VectorSize;

    /// <inheritdoc/>
    public int HistoryLength => Math.Max(UserStatistics.History, Model.Config.MaxLength);

    /// <summary>The model.</summary>
    public FeedbackSasRec Model { get; }

    /// <summary>The model's words.</summary>
    public ItemWords Words { get; }

    /// <summary>The items' statistics.</summary>
    public ItemStatistics Statistics { get; }

    /// <summary>By item index: whether the item was trained.</summary>
    public IReadOnlyList<bool> TrainedItems { get; }

    /// <inheritdoc/>
    public Tensor UserVectors(IReadOnlyList<UserState> states)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        int[][] known = [.. states.Select(s => _earlierOf[s.User].Concat(s.History.Select(row => row + _numEarlier)).TakeLast(HistoryLength).ToArray())];
        int[][] histories = [.. known.Select(rows => rows.TakeLast(Model.Config.MaxLength).ToArray())];
        var events = FeedbackEvents.From(_log, histories, Statistics, _properties.Count);
        for (int i = 0; i < states.Count; i++)
        {
            var user = new UserStatistics(Statistics, _properties);
            foreach (int row in known[i])
            {
                user.Add(row, _log.Interactions[row]);
            }

            user.Read(states[i].Time, events.MoodAt(i, histories[i].Length), events.TastesAt(i, histories[i].Length));
        }

        Tensor all = Model.UserVectors(events).Reshape((long)events.Count * events.Length, VectorSize);
        long[] last = [.. histories.Select((h, i) => ((long)i * events.Length) + h.Length)];
        return scope.Return(all.IndexSelect(0, Tensor.From(last, last.Length)));
    }

    /// <inheritdoc/>
    public Tensor ItemVectors(IReadOnlyList<int> items) => ItemVectors(items, [.. items.Select(_ => new UserState(0, []))]);

    /// <inheritdoc/>
    /// <remarks>The item of a state's row has the numbers it had just before that row; any other those of the end of training.</remarks>
    public Tensor ItemVectors(IReadOnlyList<int> items, IReadOnlyList<UserState> states)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        var numbers = new float[items.Count * ItemStatistics.Count];
        for (int i = 0; i < items.Count; i++)
        {
            Span<float> target = numbers.AsSpan(i * ItemStatistics.Count, ItemStatistics.Count);
            if (states[i].Row is int row && _log.Interactions[row + _numEarlier].Item == items[i])
            {
                Statistics.AsOf(row + _numEarlier, target);
            }
            else
            {
                Statistics.Now(items[i], target);
            }
        }

        return scope.Return(Model.ItemVectors([.. items.Select(i => (long)i)], numbers));
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}
