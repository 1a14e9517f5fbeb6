using ThinkRec.Data;
using ThinkRec.Nn;
using ThinkRec.Text;

namespace ThinkRec.Models.Reasoning;

/// <summary>A user at one moment: who, and what came before.</summary>
/// <param name="User">Dense user index.</param>
/// <param name="History">Row numbers of earlier interactions, oldest first.</param>
/// <param name="Time">The moment, in seconds since 1970; null for some time after the last of them.</param>
/// <param name="OutOfFold">Whether vectors must not come from an encoder that was trained on this user, where there is another: so for training examples.</param>
/// <param name="Row">The row that this is the moment before; null for one that is not in the dataset, such as now.</param>
public readonly record struct UserState(int User, int[] History, long? Time = null, bool OutOfFold = false, int? Row = null);

/// <summary>Turns users, histories and targets into token ids with places for vectors.</summary>
public sealed class PromptEncoder
{
    private readonly Dataset _dataset;
    private readonly Lazy<Histories> _histories;
    private readonly PromptBuilder _builder;
    private readonly PromptTemplate _template;
    private readonly PromptTemplate _item;

    /// <summary>Prepares the templates.</summary>
    /// <param name="dataset">Texts and labels.</param>
    /// <param name="tokenizer">The language model's tokenizer.</param>
    /// <param name="options">Templates and limits.</param>
    /// <exception cref="CheckpointException">An answer is not one token.</exception>
    public PromptEncoder(Dataset dataset, Tokenizer tokenizer, PromptOptions options)
    {
        _dataset = dataset;
        _histories = new Lazy<Histories>(() => new Histories(dataset, options.StrictTime));
        Options = options;
        Tokenizer = tokenizer;
        _builder = new PromptBuilder(tokenizer);
        _template = PromptTemplate.Parse(options.Template, PromptOptions.TemplatePlaceholders);
        _item = PromptTemplate.Parse(options.Item, PromptOptions.ItemPlaceholders);
        YesId = AnswerToken(options.Yes);
        NoId = AnswerToken(options.No);
    }

    /// <summary>Templates and limits.</summary>
    public PromptOptions Options { get; }

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Token of the positive answer.</summary>
    public int YesId { get; }

    /// <summary>Token of the negative answer.</summary>
    public int NoId { get; }

    /// <summary>The whole prompt for one target.</summary>
    /// <param name="state">The user and the history, which is cut to the configured length and kind.</param>
    /// <param name="item">Dense index of the target.</param>
    /// <param name="withVectors">Whether collaborative vectors get places.</param>
    /// <returns>Ids, places, and a mark at each position whose next token is a history item's answer.</returns>
    public EncodedPrompt Encode(in UserState state, int item, bool withVectors)
    {
        Begin();
        foreach (PromptPart part in _template.Parts)
        {
            AppendPart(part, state, item, withVectors);
        }

        return _builder.Build();
    }

    /// <summary>The part of the prompt that all candidates of a user share.</summary>
    /// <param name="state">The user and the history.</param>
    /// <param name="withVectors">Whether collaborative vectors get places.</param>
    /// <returns>Everything before the target.</returns>
    public EncodedPrompt EncodePrefix(in UserState state, bool withVectors)
    {
        Begin();
        foreach (PromptPart part in _template.Parts.TakeWhile(p => !IsTarget(p)))
        {
            AppendPart(part, state, 0, withVectors);
        }

        return _builder.Build();
    }

    /// <summary>The part of the prompt that belongs to one candidate.</summary>
    /// <param name="item">Dense index of the candidate.</param>
    /// <param name="withVectors">Whether collaborative vectors get places.</param>
    /// <returns>The target and what follows it; positions count from its own start.</returns>
    public EncodedPrompt EncodeEnding(int item, bool withVectors)
    {
        _builder.Clear();
        foreach (PromptPart part in _template.Parts.SkipWhile(p => !IsTarget(p)))
        {
            AppendPart(part, new UserState(0, []), item, withVectors);
        }

        return _builder.Build();
    }

    /// <summary>The labels behind the marks of an encoded prompt, in the same order.</summary>
    /// <param name="state">The state that was encoded.</param>
    /// <returns>One label for each history item in the prompt.</returns>
    public bool[] MarkLabels(in UserState state) => !Options.Labels ? [] : [.. Shown(state).Select(row => _dataset.Interactions[row].Label)];

    /// <summary>The user of a row just before it, with both kinds of feedback.</summary>
    /// <param name="row">Row number.</param>
    /// <param name="historyLength">So many earlier interactions at most.</param>
    /// <returns>The state; for a training row it asks for vectors that are out of fold.</returns>
    public UserState StateBefore(int row, int historyLength)
    {
        Interaction interaction = _dataset.Interactions[row];
        return new UserState(
            interaction.User, _histories.Value.Before(row, historyLength, HistoryKind.Dual), interaction.Timestamp, interaction.Split == Split.Train, row);
    }

    /// <summary>The rows of a row's user, cut into blocks: the block that the row is in.</summary>
    /// <param name="row">Row number.</param>
    /// <param name="size">Rows of a full block.</param>
    /// <returns>Row numbers, the given one among them.</returns>
    internal int[] BlockOf(int row, int size)
    {
        int[] rows = _histories.Value.Latest(_dataset.Interactions[row].User, int.MaxValue, HistoryKind.Dual);
        int start = Array.BinarySearch(rows, row) / size * size;
        return rows[start..Math.Min(rows.Length, start + size)];
    }

    private void Begin()
    {
        _builder.Clear();
        if (Options.BeginToken)
        {
            _builder.AppendBegin();
        }
    }

    private static bool IsTarget(PromptPart part) => part is PromptPlaceholder { Name: "target" or "target_vector" };

    private IEnumerable<int> Shown(UserState state) => state.History
        .Where(row => Options.History == HistoryKind.Dual || _dataset.Interactions[row].Label)
        .TakeLast(Options.HistoryLength);

    private void AppendPart(PromptPart part, in UserState state, int item, bool withVectors)
    {
        switch (part)
        {
            case PromptLiteral literal:
                _builder.AppendTemplateText(literal.Text);
                break;
            case PromptPlaceholder { Name: "noun" }:
                _builder.AppendUntrusted(_dataset.ItemNoun, Options.MaxTextTokens);
                break;
            case PromptPlaceholder { Name: "nouns" }:
                _builder.AppendUntrusted(_dataset.ItemNounPlural, Options.MaxTextTokens);
                break;
            case PromptPlaceholder { Name: "user_vector" }:
                if (withVectors)
                {
                    _builder.AppendVector(VectorKind.User, state.User, count: Options.VectorTokens);
                }

                break;
            case PromptPlaceholder { Name: "target_vector" }:
                AppendItemVector(item, withVectors);
                break;
            case PromptPlaceholder { Name: "history" }:
                AppendHistory(state, withVectors);
                break;
            default:
                AppendItem(item, withVectors);
                break;
        }
    }

    private void AppendHistory(in UserState state, bool withVectors)
    {
        bool any = false;
        foreach (int row in Shown(state))
        {
            AppendItem(_dataset.Interactions[row].Item, withVectors, row);
            any = true;
            if (Options.Labels)
            {
                _builder.Mark();
                _builder.AppendToken(_dataset.Interactions[row].Label ? YesId : NoId);
            }
        }

        if (!any)
        {
            _builder.AppendTemplateText("\nnone yet");
        }
    }

    private void AppendItem(int item, bool withVectors, int? row = null)
    {
        ItemText text = _dataset.ItemTexts[item];
        foreach (PromptPart part in _item.Parts)
        {
            switch (part)
            {
                case PromptLiteral literal:
                    _builder.AppendTemplateText(literal.Text);
                    break;
                case PromptPlaceholder { Name: "title" }:
                    AppendTitle(text.Title);
                    break;
                case PromptPlaceholder { Name: "keywords" }:
                    _builder.AppendUntrusted(string.Join(", ", text.Keywords), Options.MaxTextTokens);
                    break;
                case PromptPlaceholder { Name: "description" }:
                    _builder.AppendUntrusted(text.Description, Options.MaxTextTokens);
                    break;
                default:
                    AppendItemVector(item, withVectors, row);
                    break;
            }
        }
    }

    private void AppendItemVector(int item, bool withVectors, int? row = null)
    {
        if (withVectors)
        {
            _builder.AppendVector(VectorKind.Item, item, row, Options.VectorTokens);
        }
    }

    // A title of which nothing can be seen is none.
    private void AppendTitle(string title)
    {
        int before = _builder.Length;
        _builder.AppendUntrusted(title, Options.MaxTextTokens);
        if (_builder.Length == before)
        {
            _builder.AppendUntrusted("unknown", Options.MaxTextTokens);
        }
    }

    private int AnswerToken(string answer) => Tokenizer.FindToken(answer)
        ?? throw new CheckpointException($"The answer '{answer}' is not one token of this tokenizer. Set prompt.yes and prompt.no to texts that are.");
}
