using System.Text;
using ThinkRec.Text;
using ThinkRec.Torch;

namespace ThinkRec.Models.Llm;

/// <summary>Why a text ended.</summary>
public enum CompletionEnd
{
    /// <summary>The model gave the end token.</summary>
    EndToken,

    /// <summary>A stop text appeared.</summary>
    StopText,

    /// <summary>As many tokens as were asked for are there.</summary>
    TokenLimit,

    /// <summary>The model has no further position.</summary>
    LastPosition,
}

/// <summary>How a model went on from a prompt.</summary>
/// <param name="Text">The new text; special tokens, and the stop text with what follows it, are left out.</param>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="NewTokens">Tokens generated, those of a stop text included.</param>
/// <param name="End">Why it ended.</param>
public sealed record Completion(string Text, int PromptTokens, int NewTokens, CompletionEnd End);

/// <summary>Goes on from a text.</summary>
public static class TextCompletion
{
    /// <summary>Goes on from a prompt until the end token, a stop text, the limit or the model's last position.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompt">Encoded as it is; an empty one is the begin token. Special tokens written in it are plain text.</param>
    /// <param name="options">How; the end tokens are added to its stop tokens.</param>
    /// <param name="stopTexts">Texts that end the text where the first of them to be complete begins; none of them empty.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    /// <returns>The new text.</returns>
    /// <exception cref="ArgumentException">The prompt leaves no position for a new token.</exception>
    public static Completion Complete(
        LanguageModel model, string prompt, GenerationOptions options, IReadOnlyList<string> stopTexts, CancellationToken cancellation = default)
    {
        int[] ids = model.Tokenizer.Encode(prompt);
        ids = ids.Length > 0 ? ids : [model.Tokenizer.BeginId];
        int positions = model.Model.Config.MaxPositionEmbeddings;
        if (ids.Length >= positions)
        {
            throw new ArgumentException($"The prompt has {ids.Length} tokens and the model has {positions} positions, of which a new token needs one. Shorten the prompt.");
        }

        GenerationOptions stopping = options with
        {
            StopTokens = [.. options.StopTokens, .. model.EndIds],
            VocabularySize = Math.Min(model.Tokenizer.VocabularySize, model.Model.Config.VocabSize),
        };
        var text = new StoppableText(model.Tokenizer.CreateStreamingDecoder(continues: true), stopTexts);
        int[] tokens;
        using (NoGrad.Begin())
        {
            using var scope = TensorScope.Begin();
            Tensor embeddings = model.Model.Embed(Tensor.From([.. ids.Select(id => (long)id)], 1, ids.Length)); // [1, T, H]
            tokens = TextGenerator.Generate(model.Model, embeddings, null, stopping, text.Push, cancellation);
        }

        bool isStopped = text.Finish();
        CompletionEnd end = isStopped ? CompletionEnd.StopText
            : tokens.Length == options.MaxNewTokens ? CompletionEnd.TokenLimit
            : ids.Length + tokens.Length == positions ? CompletionEnd.LastPosition
            : CompletionEnd.EndToken;
        return new Completion(text.ToString(), ids.Length, tokens.Length, end);
    }

    /// <summary>Gathers text token by token and cuts it where the first stop text begins.</summary>
    private sealed class StoppableText(StreamingDecoder decoder, IReadOnlyList<string> stopTexts)
    {
        private readonly int _longest = stopTexts.Count == 0 ? 0 : stopTexts.Max(stop => stop.Length);
        private readonly StringBuilder _text = new();
        private bool _isStopped;

        /// <summary>Adds a token; false when a stop text is there.</summary>
        internal bool Push(int token) => !Add(decoder.Push(token));

        /// <summary>Adds what is left of a character; true when a stop text is there.</summary>
        internal bool Finish() => Add(decoder.Flush());

        public override string ToString() => _text.ToString();

        private bool Add(string piece)
        {
            if (_isStopped || stopTexts.Count == 0)
            {
                _text.Append(_isStopped ? "" : piece);
                return _isStopped;
            }

            int from = Math.Max(0, _text.Length - _longest + 1);
            _text.Append(piece);
            string recent = _text.ToString(from, _text.Length - from);
            int[] places = [.. stopTexts.Select(stop => recent.IndexOf(stop, StringComparison.Ordinal)).Where(place => place >= 0)];
            if (places.Length > 0)
            {
                _text.Length = from + places.Min();
                _isStopped = true;
            }

            return _isStopped;
        }
    }
}
