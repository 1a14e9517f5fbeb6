namespace ThinkRec.Teaching.Endpoint;

/// <summary>What a hinted teacher is told after a wrong vote.</summary>
internal static class TeacherHints
{
    private static readonly string[] Texts =
    [
        "That is not what happened: the right answer is {0}. Look at the list again and say which of its entries point to {0}.",
        "The answer should have been {0}. Which properties of the liked and the disliked ones speak for it?",
        "Please think again: the user's answer was {0}. Say what in the list explains that.",
        "It was {0}. Compare this one with what the user liked and disliked before, and give the reason for {0}.",
    ];

    /// <summary>A hint, which ends with how to answer.</summary>
    /// <param name="label">The right answer.</param>
    /// <param name="number">How many hints were given before.</param>
    public static string Text(bool label, int number) =>
        Texts[number % Texts.Length].Replace("{0}", label ? "Yes" : "No", StringComparison.Ordinal)
        + " Answer as if nobody had told you: begin with the word and a full stop, then the reason, and do not mention this message.";
}
