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
public sealed record Completion(string Text, int PromptTokens, int NewTokens, CompletionEnd End)
{
    /// <summary>The tokens with their log-probabilities; empty unless those were asked for.</summary>
    public IReadOnlyList<GeneratedToken> Tokens { get; init; } = [];
}

/// <summary>What to go on from, and how.</summary>
public sealed record CompletionRequest
{
    /// <summary>Tokens of the prompt; none stand for the begin token.</summary>
    public required IReadOnlyList<int> Prompt { get; init; }

    /// <summary>How; the model's end tokens are added to its stop tokens, and the prompt to what the rules against repetition look at.</summary>
    public GenerationOptions Options { get; init; } = new();

    /// <summary>Texts that end the text where the first of them to be complete begins; none of them empty.</summary>
    public IReadOnlyList<string> StopTexts { get; init; } = [];

    /// <summary>Whether a text of its own begins, such as a reply in a chat, rather than that the prompt's goes on: a tokenizer of SentencePiece's kind then leaves the space before it out.</summary>
    public bool IsNewText { get; init; }

    /// <summary>Gets the text as it comes, in whole characters; what may yet become a stop text is held back. Null for none.</summary>
    public Action<string>? OnText { get; init; }
}

/// <summary>Goes on from a text.</summary>
public static class TextCompletion
{
    /// <summary>Goes on from a prompt until the end token, a stop text, the limit or the model's last position.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompt">Encoded as it is, after the tokens that the tokenizer puts before a text; an empty one is the begin token. Special tokens written in it are plain text.</param>
    /// <param name="options">How; the end tokens are added to its stop tokens.</param>
    /// <param name="stopTexts">Texts that end the text where the first of them to be complete begins; none of them empty.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    /// <returns>The new text.</returns>
    /// <exception cref="ArgumentException">The prompt leaves no position for a new token.</exception>
    public static Completion Complete(
        LanguageModel model, string prompt, GenerationOptions options, IReadOnlyList<string> stopTexts, CancellationToken cancellation = default) =>
        Complete(model, new CompletionRequest { Prompt = [.. model.Tokenizer.Opening, .. model.Tokenizer.Encode(prompt)], Options = options, StopTexts = stopTexts }, cancellation);

    /// <summary>Goes on from a prompt until an end token, a stop text, the limit or the model's last position.</summary>
    /// <param name="model">The model.</param>
    /// <param name="request">The prompt, and how to go on.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    /// <returns>The new text.</returns>
    /// <exception cref="ArgumentException">The prompt leaves no position for a new token.</exception>
    public static Completion Complete(LanguageModel model, CompletionRequest request, CancellationToken cancellation = default) =>
        Complete(model, [request], cancellation)[0];

    /// <summary>Goes on from several prompts at once.</summary>
    /// <param name="model">The model.</param>
    /// <param name="requests">The prompts, and how to go on from each.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    /// <returns>The new texts, in the requests' order.</returns>
    /// <exception cref="ArgumentException">A prompt leaves no position for a new token.</exception>
    public static Completion[] Complete(LanguageModel model, IReadOnlyList<CompletionRequest> requests, CancellationToken cancellation = default)
    {
        Writing[] writings = [.. requests.Select(request => new Writing(model, request))];
        IReadOnlyList<GeneratedToken>[] tokens;
        using (NoGrad.Begin())
        {
            using var scope = TensorScope.Begin();
            Tensor[] embeddings = [.. writings.Select(w => model.Model.Embed(Tensor.From([.. w.Ids.Select(id => (long)id)], 1, w.Ids.Count)))]; // [1, T, H] each
            tokens = TextGenerator.GenerateBatch(
                model.Model, embeddings, null, [.. writings.Select(w => w.Options)], (row, token) => writings[row].Text.Push(token.Token), cancellation);
        }

        return [.. writings.Zip(tokens, (writing, written) => writing.End(written))];
    }

    /// <summary>One text that is being written.</summary>
    private sealed class Writing
    {
        private readonly int _positions;

        internal Writing(LanguageModel model, CompletionRequest request)
        {
            Ids = request.Prompt.Count > 0 ? request.Prompt : [model.Tokenizer.BeginId];
            _positions = model.Model.Config.MaxPositionEmbeddings;
            if (Ids.Count >= _positions)
            {
                throw new ArgumentException($"The prompt has {Ids.Count} tokens and the model has {_positions} positions, of which a new token needs one. Shorten the prompt.");
            }

            Options = request.Options with
            {
                StopTokens = [.. request.Options.StopTokens, .. model.EndIds],
                PromptTokens = Ids,
                VocabularySize = Math.Min(model.Tokenizer.VocabularySize, model.Model.Config.VocabSize),
            };
            Text = new StoppableText(model.Tokenizer.CreateStreamingDecoder(continues: !request.IsNewText), request.StopTexts, request.OnText);
        }

        internal IReadOnlyList<int> Ids { get; }

        internal GenerationOptions Options { get; }

        internal StoppableText Text { get; }

        internal Completion End(IReadOnlyList<GeneratedToken> tokens)
        {
            bool isStopped = Text.Finish();
            CompletionEnd end = isStopped ? CompletionEnd.StopText
                : tokens.Count == Options.MaxNewTokens ? CompletionEnd.TokenLimit
                : Ids.Count + tokens.Count == _positions ? CompletionEnd.LastPosition
                : CompletionEnd.EndToken;
            return new Completion(Text.ToString(), Ids.Count, tokens.Count, end) { Tokens = Options.TopLogProbs is null ? [] : tokens };
        }
    }
}
