using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Collaborative;

/// <summary>Self-attention over everything a user did, likes and dislikes; items are known by their words as well as by a vector of their own.</summary>
/// <remarks>
/// Ours, not the paper's. An event is an item, its label and the time since the event before. A vector's last two places carry the biases, so that the
/// dot product of a user's vector and an item's is u·v + the user's bias + the item's bias. The biases begin as what counting says: how the item was
/// liked, and how much kinder than others the user has been of late; the rest is learnt on top. Attention has no positions: each head weakens with
/// distance at its own rate (ALiBi, arXiv 2108.12409), hence a history cut at another place means the same.
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
    private readonly Linear _popularity;
    private readonly Linear _mood;
    private readonly Linear _rank;
    private readonly Linear _userOut;
    private readonly Linear _itemOut;

    /// <summary>Builds the model.</summary>
    /// <param name="path">
    /// Where weights come from; keys <c>item_emb</c>, <c>word_emb</c>, <c>label_emb</c>, <c>gap_emb</c>, <c>popularity</c>, <c>mood</c>, <c>rank</c>, the blocks' keys as in <see cref="SasRec"/>,
    /// <c>last_layernorm</c>, <c>user_out</c>, <c>item_out</c>.
    /// </param>
    /// <param name="config">Sizes.</param>
    /// <param name="words">The items' words.</param>
    /// <param name="trainedItems">By item index: whether the item's own vector is trained; where it is not, words alone stand for the item.</param>
    public FeedbackSasRec(WeightPath path, FeedbackSasRecConfig config, ItemWords words, bool[] trainedItems)
    {
        (Config, _words) = (config, words);
        _known = [.. trainedItems.Select(isTrained => isTrained ? 1f : 0f)];
        SasRecConfig blocks = config.Blocks();
        var init = new Init.Normal(config.InitDeviation);
        _items = Add(new Embedding(path / "item_emb", trainedItems.Length, config.EmbeddingSize, init, paddingIndex: 0));
        _wordVectors = Add(new Embedding(path / "word_emb", words.Vocabulary.Count + 1, config.EmbeddingSize, init, paddingIndex: 0));
        _labels = Add(new Embedding(path / "label_emb", NumLabels, config.EmbeddingSize, init));
        _gaps = Add(new Embedding(path / "gap_emb", FeedbackEvents.NumGaps, config.EmbeddingSize, init));
        _popularity = Add(new Linear(path / "popularity", ItemStatistics.Count, config.EmbeddingSize, bias: false, init));
        _blocks = [.. Enumerable.Range(0, config.NumBlocks).Select(i => Add(new SasRecBlock(path, blocks, i)))];
        _lastNorm = Add(new LayerNorm(path / "last_layernorm", config.EmbeddingSize, SasRecBlock.LayerNormEps));
        _mood = Add(new Linear(path / "mood", UserStatistics.Count, config.EmbeddingSize - 1, bias: false, init));
        _rank = Add(new Linear(path / "rank", ItemStatistics.Count, config.EmbeddingSize - 1, bias: false, init));
        _userOut = Add(new Linear(path / "user_out", config.EmbeddingSize, config.EmbeddingSize - 1, bias: true, init));
        _itemOut = Add(new Linear(path / "item_out", config.EmbeddingSize, config.EmbeddingSize - 1, bias: true));
    }

    /// <summary>Sizes.</summary>
    public FeedbackSasRecConfig Config { get; }

    /// <summary>The user's vector at every moment.</summary>
    /// <param name="events">B sequences of S places; the first place of each is its start.</param>
    /// <returns>[B, S, d]: at place t what is known after t events.</returns>
    public Tensor UserVectors(FeedbackEvents events)
    {
        using var scope = TensorScope.Begin();
        long size = Config.EmbeddingSize;
        (int count, int length) = (events.Count, events.Length);
        Tensor items = Items(events.Items, Numbers(events.Numbers)).Reshape(count, length, size); // [B, S, d]
        Tensor x = (items + _labels.Forward(Tensor.From(events.Labels, count, length)) + _gaps.Forward(Tensor.From(events.Gaps, count, length)))
            .Mul(Math.Sqrt(size));
        x = F.Dropout(x, Config.Dropout, IsTraining);
        Tensor keep = Tensor.Full([1, length, 1], 1);
        Tensor mask = Mask(length);
        foreach (SasRecBlock block in _blocks)
        {
            x = block.Forward(x, keep, mask, length);
        }

        Tensor moods = Tensor.From(events.Moods, count, length, UserStatistics.Count);
        Tensor both = _userOut.Forward(_lastNorm.Forward(x)) + _mood.Forward(moods) + AsBias(moods, UserStatistics.Prior); // [B, S, d - 1]
        return scope.Return(Tensor.Cat(-1, both, Tensor.Full([count, length, 1], 1)));
    }

    /// <summary>Vectors of items as targets.</summary>
    /// <param name="items">Item indices.</param>
    /// <param name="statistics">[n · <see cref="ItemStatistics.Count"/>]: the items' numbers at the moment they are shown.</param>
    /// <returns>[n, d].</returns>
    public Tensor ItemVectors(IReadOnlyList<long> items, float[] statistics)
    {
        using var scope = TensorScope.Begin();
        long size = Config.EmbeddingSize;
        Tensor numbers = Numbers(statistics);
        Tensor both = _itemOut.Forward(Items(items, numbers).Mul(Math.Sqrt(size))) + _rank.Forward(numbers) + AsBias(numbers, ItemStatistics.Prior); // [n, d - 1]
        return scope.Return(Tensor.Cat(-1, both.Narrow(1, 0, size - 2), Tensor.Full([items.Count, 1], 1), both.Narrow(1, size - 2, 1)));
    }

    /// <summary>[n, d]: words, own vector and statistics; the first two are worked out once for each distinct item.</summary>
    private Tensor Items(IReadOnlyList<long> items, Tensor numbers)
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
        return scope.Return(table + _popularity.Forward(numbers));
    }

    private static Tensor Numbers(float[] numbers) => Tensor.From(numbers, numbers.Length / ItemStatistics.Count, ItemStatistics.Count);

    /// <summary>[.., d - 1], zero but for the bias: what the statistics say before anything is learnt.</summary>
    private Tensor AsBias(Tensor numbers, float[] prior)
    {
        using var scope = TensorScope.Begin();
        Tensor bias = numbers.MatMul(Tensor.From(prior, prior.Length, 1));
        long[] shape = [.. bias.Shape[..^1], Config.EmbeddingSize - 2];
        return scope.Return(Tensor.Cat(-1, Tensor.Zeros(shape), bias));
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
