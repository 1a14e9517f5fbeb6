using ThinkRec.Models.Llm.Sampling;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Llm;

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
        LlamaModel model, Tensor prompt, AdapterBlend? blend, GenerationOptions options, Func<int, bool>? onToken = null, CancellationToken cancellation = default) =>
        [.. GenerateTokens(model, prompt, blend, options, token => onToken?.Invoke(token.Token) != false, cancellation).Select(token => token.Token)];

    /// <summary>As <see cref="Generate"/>, with what is known of each token.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompt">Embeddings [1, T, H], borrowed.</param>
    /// <param name="blend">Adapters, or null.</param>
    /// <param name="options">How.</param>
    /// <param name="onToken">Called with each token as it comes; false stops.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    /// <returns>The new tokens, stop token left out.</returns>
    /// <exception cref="InvalidDataException">A logit is not a number, or no token is left to choose.</exception>
    public static IReadOnlyList<GeneratedToken> GenerateTokens(
        LlamaModel model, Tensor prompt, AdapterBlend? blend, GenerationOptions options, Func<GeneratedToken, bool> onToken, CancellationToken cancellation = default)
    {
        using var inference = NoGrad.Begin();
        using var cache = new KvCache(model.Config.NumHiddenLayers);
        using var scope = TensorScope.Begin();
        var sampler = new TokenSampler(options);
        var tokens = new List<GeneratedToken>();
        Tensor input = prompt;
        int room = (int)Math.Min(options.MaxNewTokens, model.Config.MaxPositionEmbeddings - prompt.Size(1));
        for (int i = 0; i < room; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            GeneratedToken next = sampler.Next(Logits(model, input, new DecoderContext { Cache = cache, Blend = blend }));
            if (options.StopTokens.Contains(next.Token))
            {
                break;
            }

            tokens.Add(next);
            if (!onToken(next))
            {
                break;
            }

            input = model.Embed(Tensor.From([(long)next.Token], 1, 1));
        }

        return tokens;
    }

    private static float[] Logits(LlamaModel model, Tensor input, in DecoderContext context)
    {
        using var scope = TensorScope.Begin();
        Tensor last = model.Forward(input, context).Select(1, -1);
        return model.Logits(last).Select(0, 0).ToFloats();
    }
}
