using System.Text.RegularExpressions;
using ThinkRec.Text;

namespace ThinkRec.Teaching.Endpoint;

/// <summary>An answer as a vote with a reason.</summary>
internal sealed partial class TeacherReply
{
    private const int MaxCharacters = 8000;

    /// <summary>Takes an answer apart.</summary>
    /// <param name="reply">The answer.</param>
    public TeacherReply(ChatReply reply)
    {
        Reply = reply;
        var (thinking, text) = ThinkTags.Part(reply);
        var match = Answer().Match(text);
        Vote = match.Success ? match.Groups[1].ValueSpan.Equals("yes", StringComparison.OrdinalIgnoreCase) : null;
        Reason = Clean(match.Success ? text[match.Length..] : text);
        Thinking = Clean(thinking);
    }

    /// <summary>The answer as it came.</summary>
    public ChatReply Reply { get; }

    /// <summary>Whether it says Yes; null where it says neither Yes nor No first.</summary>
    /// <remarks>Differs from the reference (method §3.3): a word that only begins with "No", such as "Not", is no answer.</remarks>
    public bool? Vote { get; }

    /// <summary>What stands after the vote, on one line.</summary>
    public string Reason { get; }

    /// <summary>The thinking on one line.</summary>
    public string Thinking { get; }

    /// <summary>Whether it had too few tokens to come to a vote.</summary>
    public bool IsCutShort => Vote is null && Reply.Finish == "length";

    private static string Clean(string text) => UntrustedText.Clean(text, MaxCharacters);

    [GeneratedRegex("""\A[\s*_#>"'`“(\[]*(?:answer\s*[:\-][\s*_"'`“]*)?(yes|no)\b[\s*_"'`”)\].,:;!–—-]*""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Answer();
}
