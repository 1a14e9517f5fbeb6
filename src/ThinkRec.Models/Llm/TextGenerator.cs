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
        LlamaModel model, Tensor prompt, AdapterBlend? blend, GenerationOptions options, Func<GeneratedToken, bool> onToken, CancellationToken cancellation = default) =>
        GenerateBatch(model, [prompt], blend, [options], (_, token) => onToken(token), cancellation)[0];

    /// <summary>Goes on from several prompts of any lengths at once. A row that has ended leaves the batch; the rest does not wait for it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompts">Embeddings [1, T, H] each, borrowed.</param>
    /// <param name="blend">Adapters of the rows, or null.</param>
    /// <param name="options">How, for each prompt.</param>
    /// <param name="onToken">Called with the number of the prompt and each of its tokens as it comes; false stops that one.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    /// <returns>The new tokens of each prompt, stop token left out: those that it would get alone, but for rounding.</returns>
    /// <exception cref="InvalidDataException">A logit is not a number, or no token is left to choose.</exception>
    public static IReadOnlyList<GeneratedToken>[] GenerateBatch(
        LlamaModel model, IReadOnlyList<Tensor> prompts, AdapterBlend? blend, IReadOnlyList<GenerationOptions> options,
        Func<int, GeneratedToken, bool> onToken, CancellationToken cancellation = default)
    {
        using var inference = NoGrad.Begin();
        using var scope = TensorScope.Begin();
        using var batch = new Batch(model, blend);
        Row[] rows = [.. prompts.Select((prompt, i) => new Row(i, prompt.Size(1), options[i], model.Config.MaxPositionEmbeddings))];
        Row[] active = [.. rows.Where(row => row.Room > 0)];
        if (active.Length == 0)
        {
            return [.. rows.Select(row => row.Tokens)];
        }

        if (active.Length < rows.Length)
        {
            batch.KeepBlend([.. active.Select(row => row.Number)]);
        }

        Tensor input = LeftPadded([.. active.Select(row => prompts[row.Number])]);
        int[] padding = [.. active.Select(row => (int)(input.Size(1) - row.PromptLength))];
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            float[][] logits = batch.Next(input, padding);
            int[] going = [.. Enumerable.Range(0, active.Length).Where(i => active[i].Take(logits[i], onToken))];
            if (going.Length == 0)
            {
                return [.. rows.Select(row => row.Tokens)];
            }

            if (going.Length < active.Length)
            {
                batch.Keep(going);
                (active, padding) = ([.. going.Select(i => active[i])], [.. going.Select(i => padding[i])]);
            }

            input = model.Embed(Tensor.From([.. active.Select(row => (long)row.Tokens[^1].Token)], active.Length, 1));
        }
    }

    /// <summary>Joins prompts to [B, longest, H], with zeros before the shorter ones.</summary>
    private static Tensor LeftPadded(Tensor[] prompts)
    {
        using var scope = TensorScope.Begin();
        long longest = prompts.Max(prompt => prompt.Size(1));
        return scope.Return(prompts.Length == 1 ? prompts[0].Alias() : Tensor.Cat(0, [.. prompts.Select(prompt => prompt.Size(1) == longest ? prompt
            : Tensor.Cat(1, Tensor.Zeros([1, longest - prompt.Size(1), prompt.Size(2)], prompt.DType, prompt.Device), prompt))]));
    }

    /// <summary>One prompt and what has been written to it.</summary>
    private sealed class Row(int number, long promptLength, GenerationOptions options, int positions)
    {
        private readonly TokenSampler _sampler = new(options);
        private readonly List<GeneratedToken> _tokens = [];

        internal int Number => number;

        internal long PromptLength => promptLength;

        internal long Room => Math.Min(options.MaxNewTokens, positions - promptLength);

        internal List<GeneratedToken> Tokens => _tokens;

        /// <summary>Chooses the next token; false when the row has ended.</summary>
        internal bool Take(float[] logits, Func<int, GeneratedToken, bool> onToken)
        {
            GeneratedToken next = _sampler.Next(logits);
            if (options.StopTokens.Contains(next.Token))
            {
                return false;
            }

            _tokens.Add(next);
            return onToken(number, next) && _tokens.Count < Room;
        }
    }

    /// <summary>The rows' cache and adapters.</summary>
    private sealed class Batch(LlamaModel model, AdapterBlend? given) : IDisposable
    {
        private AdapterBlend? _own; // of the rows that are left; null while all are
        private KvCache _cache = new(model.Config.NumHiddenLayers);

        internal float[][] Next(Tensor input, int[] padding)
        {
            using var scope = TensorScope.Begin();
            Tensor hidden = model.Forward(input, new DecoderContext { Cache = _cache, Blend = _own ?? given, LeftPadding = padding });
            Tensor logits = model.Logits(hidden.Select(1, -1)); // [B, V]
            return [.. logits.ToFloats().Chunk((int)logits.Size(1))];
        }

        internal void Keep(int[] rows)
        {
            using KvCache before = _cache;
            _cache = before.Select(rows);
            KeepBlend(rows);
        }

        internal void KeepBlend(int[] rows)
        {
            if ((_own ?? given) is not AdapterBlend before)
            {
                return;
            }

            using var scope = TensorScope.Begin();
            AdapterBlend kept = before.SelectRows(Tensor.From([.. rows.Select(row => (long)row)], rows.Length).To(model.HeadWeight.Device));
            _own?.Dispose();
            _own = kept;
        }

        public void Dispose()
        {
            _cache.Dispose();
            _own?.Dispose();
        }
    }
}
