namespace ThinkRec.Teaching.Endpoint;

/// <summary>Decides from the answers to a row alone whether to ask again, what to ask, and what is kept; so that a journal of answers is all that resuming needs.</summary>
internal sealed class TeacherDialogue(TeacherOptions options, TeacherPrompt prompt, int maxTokens)
{
    private const int SpoiltAnswers = 3;   // without a vote, beyond the samples asked for
    private const int LongestAnswer = 4;   // times the first limit

    /// <summary>The next question about a row.</summary>
    /// <param name="row">Row number in the dataset.</param>
    /// <param name="label">What the user did; a blind teacher's question does not depend on it.</param>
    /// <param name="replies">The answers so far.</param>
    /// <param name="shorter">How often the history is halved.</param>
    /// <returns>The question; null when the row is finished, or the history cannot be any shorter.</returns>
    public (ChatMessage[] Messages, int MaxTokens)? Next(int row, bool label, IReadOnlyList<TeacherReply> replies, int shorter)
    {
        if (IsFinished(label, replies) || prompt.Ask(row, shorter) is not { } messages)
        {
            return null;
        }

        // Thinking may use up an answer's tokens before it is given (method §3.3); the next one may be longer.
        var tokens = maxTokens * Math.Min(LongestAnswer, 1 << Math.Min(2, replies.Count(reply => reply.IsCutShort)));
        var hints = Hints(label, replies);
        return hints == 0 ? (messages, tokens) : ([.. messages, new("assistant", Word(!label) + "."), new("user", TeacherHints.Text(label, hints - 1))], tokens);
    }

    /// <summary>Whether no more is asked about a row.</summary>
    /// <param name="label">What the user did.</param>
    /// <param name="replies">The answers so far.</param>
    public bool IsFinished(bool label, IReadOnlyList<TeacherReply> replies)
    {
        if (options.Protocol == TeacherProtocol.Hinted)
        {
            return replies.Count >= options.Tries || replies.Any(reply => reply.Vote == label);
        }

        var half = options.Samples / 2;
        return replies.Count >= options.Samples + SpoiltAnswers
            || replies.Count(reply => reply.Vote is true) > half || replies.Count(reply => reply.Vote is false) > half;
    }

    /// <summary>What comes of a finished row.</summary>
    /// <param name="label">What the user did.</param>
    /// <param name="replies">All answers.</param>
    public RowOutcome Conclude(bool label, IReadOnlyList<TeacherReply> replies)
    {
        var right = replies.Where(reply => reply.Vote == label).ToArray();
        var votes = replies.Count(reply => reply.Vote is not null);
        var isRight = options.Protocol == TeacherProtocol.Hinted ? right.Length > 0 : right.Length > options.Samples / 2;
        if (!isRight)
        {
            return new RowOutcome(votes == 0 ? RowEnd.NoVote : RowEnd.WrongVote, null, "");
        }

        var text = right.Select(reply => options.UseThinking ? reply.Thinking : reply.Reason).FirstOrDefault(reason => reason.Length > 0);
        var how = Hints(label, replies) == 0 ? "blind" : "hinted";
        return text is null ? new RowOutcome(RowEnd.NoReason, null, "") : new RowOutcome(RowEnd.Kept, $"{Word(label)}. {text}", how);
    }

    private static string Word(bool label) => label ? "Yes" : "No";

    /// <summary>A hint follows every answer that had its say and missed.</summary>
    private int Hints(bool label, IReadOnlyList<TeacherReply> replies) =>
        options.Protocol == TeacherProtocol.Hinted ? replies.Count(reply => reply.Vote != label && !reply.IsCutShort) : 0;
}
