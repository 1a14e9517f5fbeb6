using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Collaborative;

/// <summary>Self-attention over everything a user did, likes and dislikes; items are known by their words as well as by a vector of their own.</summary>
/// <remarks>
/// Ours, not the paper's. An event is an item, its label and rating, and the time since the event before. The dot product of a user's vector and an
/// item's is u·v + the user's tastes for the item's properties + the user's bias + the item's bias, and the vectors have places for each. Tastes and
/// biases begin as a regression on what can be counted (<see cref="BeginAt"/>); the rest is learnt on top. Attention has no positions: each head weakens
/// with distance at its own rate (ALiBi, arXiv 2108.12409), hence a history cut at another place means the same.
/// </remarks>
public sealed class FeedbackSasRec : Module
{
    private const double Masked = -1e9;
    private const int NumLabels = 3; // start or padding, dislike, like
    private readonly ItemWords _words;
    private readonly float[] _known;
    private readonly Embedding _items;
    private readonly Embedding _wordVectors;
    private readonly Embedding _labels;
    private readonly Embedding _gaps;
    private readonly SasRecBlock[] _blocks;
    private readonly LayerNorm _lastNorm;
    private readonly Linear _residuals;
    private readonly Linear _popularity;
    private readonly Linear _properties;
    private readonly Linear _mood;
    private readonly Linear _rank;
    private readonly Linear _userOut;
    private readonly Linear _itemOut;
    private readonly Parameter _tastes;
    private readonly ItemProperties _propertiesOf;

    /// <summary>Builds the model.</summary>
    /// <param name="path">
    /// Where weights come from; keys <c>item_emb</c>, <c>word_emb</c>, <c>label_emb</c>, <c>gap_emb</c>, <c>residual</c>, <c>popularity</c>, <c>property</c>, <c>mood</c>,
    /// <c>rank</c>, <c>taste</c>, the blocks' keys as in <see cref="SasRec"/>,
    /// <c>last_layernorm</c>, <c>user_out</c>, <c>item_out</c>.
    /// </param>
    /// <param name="config">Sizes.</param>
    /// <param name="words">The items' words.</param>
    /// <param name="properties">The items' properties.</param>
    /// <param name="trainedItems">By item index: whether the item's own vector is trained; where it is not, words alone stand for the item.</param>
    public FeedbackSasRec(WeightPath path, FeedbackSasRecConfig config, ItemWords words, ItemProperties properties, bool[] trainedItems)
    {
        (Config, _words, _propertiesOf) = (config, words, properties);
        _known = [.. trainedItems.Select(isTrained => isTrained ? 1f : 0f)];
        SasRecConfig blocks = config.Blocks();
        var init = new Init.Normal(config.InitDeviation);
        _items = Add(new Embedding(path / "item_emb", trainedItems.Length, config.EmbeddingSize, init, paddingIndex: 0));
        _wordVectors = Add(new Embedding(path / "word_emb", words.Vocabulary.Count + 1, config.EmbeddingSize, init, paddingIndex: 0));
        _labels = Add(new Embedding(path / "label_emb", NumLabels, config.EmbeddingSize, init));
        _gaps = Add(new Embedding(path / "gap_emb", FeedbackEvents.NumGaps, config.EmbeddingSize, init));
        _residuals = Add(new Linear(path / "residual", 2, config.EmbeddingSize, bias: false, init));
        _properties = Add(new Linear(path / "property", properties.Count, config.EmbeddingSize, bias: false, init));
        _popularity = Add(new Linear(path / "popularity", ItemStatistics.Count, config.EmbeddingSize, bias: false, init));
        _blocks = [.. Enumerable.Range(0, config.NumBlocks).Select(i => Add(new SasRecBlock(path, blocks, i)))];
        _lastNorm = Add(new LayerNorm(path / "last_layernorm", config.EmbeddingSize, SasRecBlock.LayerNormEps));
        _mood = Add(new Linear(path / "mood", UserStatistics.Count, config.EmbeddingSize - 1, bias: false, init));
        _rank = Add(new Linear(path / "rank", ItemStatistics.Count, config.EmbeddingSize - 1, bias: false, init));
        _userOut = Add(new Linear(path / "user_out", config.EmbeddingSize, config.EmbeddingSize - 1, bias: true, init));
        _itemOut = Add(new Linear(path / "item_out", config.EmbeddingSize, config.EmbeddingSize - 1, bias: true));
        _tastes = Add(path.Parameter("taste", [properties.Count], new Init.Ones()));
    }

    /// <summary>Sizes.</summary>
    public FeedbackSasRecConfig Config { get; }

    /// <summary>Length of a vector: what is learnt, tastes and two biases.</summary>
    public int VectorSize => Config.EmbeddingSize + _propertiesOf.Count;

    /// <summary>Begins biases and tastes at the weights of a regression, in logits.</summary>
    /// <param name="moods">[<see cref="UserStatistics.Count"/>].</param>
    /// <param name="item">[<see cref="ItemStatistics.Count"/>].</param>
    /// <param name="tastes">[properties].</param>
    /// <param name="intercept">What is left when all numbers are zero.</param>
    public void BeginAt(float[] moods, float[] item, float[] tastes, float intercept)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        int bias = Config.EmbeddingSize - 2;
        _mood.Weight.Value.Select(0, bias).CopyInPlace(Tensor.From(moods, moods.Length));
        _rank.Weight.Value.Select(0, bias).CopyInPlace(Tensor.From(item, item.Length));
        _tastes.Value.CopyInPlace(Tensor.From(tastes, tastes.Length));
        _itemOut.Bias!.Value.Select(0, bias).CopyInPlace(Tensor.Full([], intercept));
    }

    /// <summary>The user's vector at every moment.</summary>
    /// <param name="events">B sequences of S places; the first place of each is its start.</param>
    /// <returns>[B, S, <see cref="VectorSize"/>]: at place t what is known after t events.</returns>
    public Tensor UserVectors(FeedbackEvents events)
    {
        using var scope = TensorScope.Begin();
        long size = Config.EmbeddingSize;
        (int count, int length) = (events.Count, events.Length);
        Tensor items = Items(events.Items, Numbers(events.Numbers), Properties(events.Items)).Reshape(count, length, size); // [B, S, d]
        Tensor x = (items + _labels.Forward(Tensor.From(events.Labels, count, length)) + _gaps.Forward(Tensor.From(events.Gaps, count, length))
            + _residuals.Forward(Tensor.From(events.Residuals, count, length, 2)))
            .Mul(Math.Sqrt(size));
        x = F.Dropout(x, Config.Dropout, IsTraining);
        Tensor keep = Tensor.Full([1, length, 1], 1);
        Tensor mask = Mask(length);
        foreach (SasRecBlock block in _blocks)
        {
            x = block.Forward(x, keep, mask, length);
        }

        Tensor moods = Tensor.From(events.Moods, count, length, UserStatistics.Count);
        Tensor both = _userOut.Forward(_lastNorm.Forward(x)) + _mood.Forward(moods); // [B, S, d - 1]
        Tensor tastes = Tensor.From(events.Tastes, count, length, _propertiesOf.Count) * _tastes.Value;
        return scope.Return(Tensor.Cat(-1, tastes, both, Tensor.Full([count, length, 1], 1)));
    }

    /// <summary>Vectors of items as targets.</summary>
    /// <param name="items">Item indices.</param>
    /// <param name="statistics">[n · <see cref="ItemStatistics.Count"/>]: the items' numbers at the moment they are shown.</param>
    /// <returns>[n, <see cref="VectorSize"/>].</returns>
    public Tensor ItemVectors(IReadOnlyList<long> items, float[] statistics)
    {
        using var scope = TensorScope.Begin();
        long size = Config.EmbeddingSize;
        Tensor numbers = Numbers(statistics);
        Tensor properties = Properties(items);
        Tensor both = _itemOut.Forward(Items(items, numbers, properties).Mul(Math.Sqrt(size))) + _rank.Forward(numbers); // [n, d - 1]
        return scope.Return(Tensor.Cat(-1, properties, both.Narrow(1, 0, size - 2), Tensor.Full([items.Count, 1], 1), both.Narrow(1, size - 2, 1)));
    }

    /// <summary>[n, d]: words, own vector, statistics and properties; the first two are worked out once for each distinct item.</summary>
    private Tensor Items(IReadOnlyList<long> items, Tensor numbers, Tensor properties)
    {
        using var scope = TensorScope.Begin();
        var place = new Dictionary<long, long>();
        long[] places = [.. items.Select(item => place.TryGetValue(item, out long known) ? known : place[item] = place.Count)];
        long[] distinct = [.. place.Keys];
        var words = new long[distinct.Length * ItemWords.MaxPerItem];
        var share = new float[distinct.Length];
        for (int i = 0; i < distinct.Length; i++)
        {
            IReadOnlyList<long> own = _words.Of(distinct[i]);
            share[i] = own.Count == 0 ? 0 : 1 / MathF.Sqrt(own.Count);
            for (int j = 0; j < own.Count; j++)
            {
                words[(i * ItemWords.MaxPerItem) + j] = own[j];
            }
        }

        Tensor described = _wordVectors.Forward(Tensor.From(words, distinct.Length, ItemWords.MaxPerItem)).Sum(1) * Tensor.From(share, distinct.Length, 1);
        Tensor named = _items.Forward(Tensor.From(distinct, distinct.Length)) * Visible(distinct);
        Tensor table = (described + named).IndexSelect(0, Tensor.From(places, places.Length));
        return scope.Return(table + _popularity.Forward(numbers) + _properties.Forward(properties));
    }

    private static Tensor Numbers(float[] numbers) => Tensor.From(numbers, numbers.Length / ItemStatistics.Count, ItemStatistics.Count);

    /// <summary>[n, properties].</summary>
    private Tensor Properties(IReadOnlyList<long> items)
    {
        var places = new float[items.Count * _propertiesOf.Count];
        for (int i = 0; i < items.Count; i++)
        {
            _propertiesOf.Fill(items[i], places.AsSpan(i * _propertiesOf.Count, _propertiesOf.Count));
        }

        return Tensor.From(places, items.Count, _propertiesOf.Count);
    }

    private Tensor Visible(long[] items)
    {
        using var scope = TensorScope.Begin();
        Tensor known = Tensor.From([.. items.Select(item => _known[item])], items.Length, 1);
        if (!IsTraining || Config.ItemDropout == 0)
        {
            return scope.Return(known);
        }

        Tensor draw = Tensor.Zeros([items.Length, 1]);
        draw.UniformInPlace(0, 1);
        return scope.Return(known * draw.Ge(Config.ItemDropout).To(DType.Float32));
    }

    /// <summary>[1, N, S, S]: what each head adds to the score of an event at a distance.</summary>
    private Tensor Mask(int length)
    {
        int heads = Config.NumHeads;
        var mask = new float[heads * length * length];
        for (int head = 0; head < heads; head++)
        {
            double slope = head == 0 ? 0 : Math.Pow(2, -((2 * (heads - head)) - 1));
            for (int to = 0; to < length; to++)
            {
                for (int from = 0; from < length; from++)
                {
                    mask[(((head * length) + to) * length) + from] = from > to ? (float)Masked : (float)(-slope * (to - from));
                }
            }
        }

        return Tensor.From(mask, 1, heads, length, length);
    }
}
