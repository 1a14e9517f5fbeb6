using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Llm;

/// <summary>How to go on from a prompt.</summary>
public sealed record GenerationOptions
{
    /// <summary>At most so many new tokens.</summary>
    public int MaxNewTokens { get; init; } = 64;

    /// <summary>Divides the logits; 0 takes the likeliest token always.</summary>
    public double Temperature { get; init; }

    /// <summary>Only the k likeliest tokens take part; 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>Only the likeliest tokens that together reach this probability take part; 1 for all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Seed of the draws.</summary>
    public int Seed { get; init; }

    /// <summary>Only ids below this can be drawn: a model may embed more than its tokenizer has. 0 for all.</summary>
    public int VocabularySize { get; init; }

    /// <summary>Tokens that end the text; they are not part of it.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];
}

/// <summary>Generates tokens one at a time, with a cache.</summary>
public static class TextGenerator
{
    /// <summary>Goes on from a prompt until a stop token, the limit or the model's last position.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompt">Embeddings [1, T, H], borrowed.</param>
    /// <param name="blend">Adapters, or null.</param>
    /// <param name="options">How.</param>
    /// <param name="onToken">Called with each token as it comes; false stops. Null for none.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    /// <returns>The new tokens, stop token left out.</returns>
    public static int[] Generate(
        LlamaModel model, Tensor prompt, AdapterBlend? blend, GenerationOptions options, Func<int, bool>? onToken = null, CancellationToken cancellation = default)
    {
        using var inference = NoGrad.Begin();
        using var cache = new KvCache(model.Config.NumHiddenLayers);
        using var scope = TensorScope.Begin();
        var random = new Random(options.Seed);
        var tokens = new List<int>();
        Tensor input = prompt;
        int room = (int)Math.Min(options.MaxNewTokens, model.Config.MaxPositionEmbeddings - prompt.Size(1));
        for (int i = 0; i < room; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            int token = Next(model, input, new DecoderContext { Cache = cache, Blend = blend }, options, random);
            if (options.StopTokens.Contains(token))
            {
                break;
            }

            tokens.Add(token);
            if (onToken?.Invoke(token) == false)
            {
                break;
            }

            input = model.Embed(Tensor.From([(long)token], 1, 1));
        }

        return [.. tokens];
    }

    private static int Next(LlamaModel model, Tensor input, in DecoderContext context, GenerationOptions options, Random random)
    {
        using var scope = TensorScope.Begin();
        Tensor last = model.Forward(input, context).Select(1, -1);
        ReadOnlySpan<float> logits = model.Logits(last).Select(0, 0).ToFloats();
        return Choose(options.VocabularySize > 0 ? logits[..Math.Min(options.VocabularySize, logits.Length)] : logits, options, random);
    }

    /// <summary>Draws one token from logits.</summary>
    /// <param name="logits">One for each token.</param>
    /// <param name="options">Temperature and limits.</param>
    /// <param name="random">Source of the draw.</param>
    /// <returns>The token's id.</returns>
    public static int Choose(ReadOnlySpan<float> logits, GenerationOptions options, Random random)
    {
        int best = IndexOfMax(logits);
        if (options.Temperature <= 0)
        {
            return best;
        }

        int[] order = [.. Enumerable.Range(0, logits.Length)];
        float[] keys = logits.ToArray();
        Array.Sort(keys, order);
        Array.Reverse(order);
        int limit = options.TopK > 0 ? Math.Min(options.TopK, order.Length) : order.Length;
        var weights = new double[limit];
        double total = 0;
        for (int i = 0; i < limit; i++)
        {
            total += weights[i] = Math.Exp((logits[order[i]] - logits[best]) / options.Temperature);
        }

        double allowed = total * Math.Clamp(options.TopP, 0, 1);
        double kept = 0;
        int count = 0;
        while (count < limit && (count == 0 || kept < allowed))
        {
            kept += weights[count++];
        }

        double draw = random.NextDouble() * kept;
        int chosen = 0;
        while (chosen < count - 1 && (draw -= weights[chosen]) >= 0)
        {
            chosen++;
        }

        return order[chosen];
    }

    private static int IndexOfMax(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            best = logits[i] > logits[best] ? i : best;
        }

        return best;
    }
}
