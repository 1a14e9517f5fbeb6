using System.Text.RegularExpressions;

namespace ThinkRec.Downloads;

/// <summary>A text, and where it goes on.</summary>
/// <param name="Text">The text; bytes that are not UTF-8 are replaced.</param>
/// <param name="Next">What the server calls the next page, as it wrote it; null for the last. Nothing is known of where it leads.</param>
public sealed partial record RemotePage(string Text, string? Next)
{
    /// <summary>Reads <c>Link: &lt;ADDRESS&gt;; rel="next"</c>.</summary>
    internal static string? NextOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Link", out var values)
            ? values.Select(value => NextLink().Match(value)).FirstOrDefault(match => match.Success)?.Groups[1].Value
            : null;

    [GeneratedRegex("<([^<>]*)>[^,<>]*;\\s*rel=\"?next\\b", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex NextLink();
}
