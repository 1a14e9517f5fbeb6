using ThinkRec.Data;
using ThinkRec.Models.Reasoning;

namespace ThinkRec.Training.Stages;

/// <summary>Chooses and orders the examples of each epoch; the choice follows from seed, stage and epoch alone.</summary>
internal abstract class ExampleSampler
{
    /// <summary>Examples of one epoch.</summary>
    internal abstract int Count { get; }

    /// <summary>The examples of an epoch, in training order.</summary>
    /// <param name="epoch">Number from 0.</param>
    /// <returns><see cref="Count"/> examples.</returns>
    internal abstract Example[] Epoch(int epoch);

    /// <summary>Groups examples into batches of like length, in a random order, so that little is padded.</summary>
    /// <param name="examples">The epoch's examples in random order.</param>
    /// <param name="batchSize">Examples per batch.</param>
    /// <param name="length">A measure of an example's length.</param>
    /// <param name="random">Source of the batches' order.</param>
    /// <returns>The batches; all full but the last.</returns>
    internal static Example[][] Bucket(Example[] examples, int batchSize, Func<Example, int> length, SeededRandom random)
    {
        const int BatchesPerBucket = 32;
        Example[][] batches = [.. examples.Chunk(batchSize * BatchesPerBucket)
            .SelectMany(bucket => bucket.OrderBy(length).Chunk(batchSize))];
        random.Shuffle(batches.AsSpan());
        return batches;
    }
}

/// <summary>Plain examples from training rows, and with a given share examples that have a reason.</summary>
internal sealed class MixedSampler : ExampleSampler
{
    private readonly Example[] _plain;
    private readonly Example[] _thinking;
    private readonly double _share;
    private readonly long _seed;
    private readonly string _name;

    /// <summary>Prepares the examples.</summary>
    /// <param name="plain">Examples without a reason.</param>
    /// <param name="thinking">Examples with one; may be empty.</param>
    /// <param name="share">Probability that an example is drawn from the second list.</param>
    /// <param name="count">Examples of an epoch; 0 for as many as there are plain ones.</param>
    /// <param name="seed">Seed.</param>
    /// <param name="name">Stage name.</param>
    internal MixedSampler(Example[] plain, Example[] thinking, double share, int count, long seed, string name)
    {
        _plain = plain;
        _thinking = thinking;
        _share = thinking.Length > 0 ? share : 0;
        _seed = seed;
        _name = name;
        Count = count > 0 ? count : plain.Length;
    }

    internal override int Count { get; }

    internal override Example[] Epoch(int epoch)
    {
        var random = SeededRandom.Stream(_seed, $"{_name}/data/{epoch}");
        Example[] plain = [.. _plain];
        random.Shuffle(plain.AsSpan());
        var examples = new Example[Count];
        int next = 0;
        for (int i = 0; i < Count; i++)
        {
            examples[i] = random.NextDouble() < _share ? _thinking[random.NextInt(_thinking.Length)] : plain[next++ % plain.Length];
        }

        return examples;
    }
}

/// <summary>Windows over each user's training history, cut anew each epoch, so that every training row is a target or a history item about once.</summary>
internal sealed class WindowSampler : ExampleSampler
{
    private readonly Dataset _dataset;
    private readonly int[][] _rowsOfUser;
    private readonly int _window;
    private readonly long _seed;

    /// <summary>Prepares the windows.</summary>
    /// <param name="dataset">The dataset; only training rows are used.</param>
    /// <param name="window">Rows of a window, the target included.</param>
    /// <param name="seed">Seed.</param>
    internal WindowSampler(Dataset dataset, int window, long seed)
    {
        _dataset = dataset;
        _rowsOfUser = [.. dataset.RowsOf(Split.Train).GroupBy(r => dataset.Interactions[r].User).OrderBy(g => g.Key).Select(g => g.ToArray())];
        _window = window;
        _seed = seed;
        Count = _rowsOfUser.Sum(rows => (rows.Length + window - 1) / window);
    }

    internal override int Count { get; }

    internal override Example[] Epoch(int epoch)
    {
        var random = SeededRandom.Stream(_seed, $"behaviour/data/{epoch}");
        var examples = new List<Example>();
        foreach (int[] rows in _rowsOfUser)
        {
            int pieces = (rows.Length + _window - 1) / _window;
            int shift = random.NextInt(Math.Max(1, (pieces * _window) - rows.Length + 1));
            for (int end = _window - shift; end < rows.Length + _window && examples.Count < Count; end += _window)
            {
                int last = Math.Min(end, rows.Length) - 1;
                int first = Math.Max(0, end - _window);
                if (last >= first)
                {
                    Interaction target = _dataset.Interactions[rows[last]];
                    examples.Add(new Example(new UserState(target.User, rows[first..last], target.Timestamp, OutOfFold: true, rows[last]), target.Item, target.Label));
                }
            }
        }

        Example[] ordered = [.. examples];
        random.Shuffle(ordered.AsSpan());
        return ordered;
    }
}
