namespace ThinkRec.Teaching.Endpoint;

/// <summary>Parts an answer that begins with its thinking between <c>think</c> tags, whose first one QwQ-style templates leave out.</summary>
internal static class ThinkTags
{
    private const string Begin = "<think>";
    private const string End = "</think>";

    /// <summary>Takes the thinking out of what an answer says.</summary>
    /// <param name="reply">The answer as it came.</param>
    /// <returns>All thinking, and what is said behind it; nothing where the answer was cut off before it said anything.</returns>
    public static (string Thinking, string Text) Part(ChatReply reply)
    {
        var (thinking, text) = (reply.Thinking, reply.Text);
        return text.LastIndexOf(End, StringComparison.Ordinal) is var end and >= 0
            ? (thinking + text[..end].Replace(Begin, "", StringComparison.Ordinal), text[(end + End.Length)..])
            : text.TrimStart().StartsWith(Begin, StringComparison.Ordinal) ? (thinking + text.TrimStart()[Begin.Length..], "")
            : (thinking, text);
    }
}
