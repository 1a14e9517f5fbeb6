using ThinkRec.Data;

namespace ThinkRec.Teaching;

/// <summary>Puts evidence into one or two sentences of about 20 to 45 words; every statement in them is true of the history.</summary>
internal sealed class ReasonWriter(string noun, ItemText candidate, bool isYes, Dictionary<string, double> weights, int variant)
{
    private const int MinWords = 20;
    private const int MaxWords = 45;

    private string Answer => isYes ? "Yes." : "No.";

    private string Verb => (isYes, variant % 3) switch
    {
        (true, 0) => "enjoyed",
        (true, _) => "liked",
        (false, _) => "disliked",
    };

    public string Write(SharedEvidence[] liked, SharedEvidence[] disliked)
    {
        var (own, other) = isYes ? (liked, disliked) : (disliked, liked);
        var main = Main(own);
        var text = $"{main}{Contrast(other)}.";
        if (Words(text) > MaxWords)
        {
            text = main + ".";
        }
        return Words(text) < MinWords ? $"{text} {Closing()}" : text;
    }

    private static int Words(string text) => text.Split(' ').Length;

    private static string Join(string[] parts) => parts.Length == 1 ? parts[0] : $"{parts[0]} and {parts[1]}";

    private string Main(SharedEvidence[] own)
    {
        var ranked = own.Select(item => item with { Keywords = [.. item.Keywords.Where(Supports)] })
            .Where(item => item.Keywords.Length > 0)
            .OrderByDescending(item => item.Keywords.Sum(word => Math.Abs(weights[word]))).ToList();
        if (ranked.Count == 0)
        {
            return Level(own);
        }
        var first = ranked[0];
        var second = ranked.Skip(1).FirstOrDefault(item => item.Title != first.Title && item.Keywords.Intersect(first.Keywords).Any());
        var words = (second is null ? first.Keywords : first.Keywords.Intersect(second.Keywords)).Take(2).ToArray();
        string[] titles = second is null ? [first.Title] : [first.Title, second.Title];
        var share = titles.Length == 1 ? "shares" : "share";
        return (variant % 2) switch
        {
            0 => $"{Answer} The user {Verb} {Join(titles)}, which {share} {Join(words)} with this one",
            _ => $"{Answer} With {Join(words)}, this one is close to the {PastOf(isYes)} {Join(titles)}",
        };
    }

    private static string PastOf(bool isLiked) => isLiked ? "liked" : "disliked";

    /// <summary>A keyword supports the vote when its weight points the same way.</summary>
    private bool Supports(string word) => isYes ? weights[word] > 0 : weights[word] < 0;

    private string Level(SharedEvidence[] own)
    {
        var offers = candidate.Keywords.Count == 0 ? "something else" : Join([.. candidate.Keywords.Distinct().Take(2)]);
        return own.Length == 0
            ? $"{Answer} Nothing in the recent {noun} settles it, and this one offers {offers}"
            : $"{Answer} The user {Verb} recent {noun} such as {Join([.. own.Select(item => item.Title).Distinct().Take(2)])}, and this one offers {offers}";
    }

    private string Contrast(SharedEvidence[] other)
    {
        if (other.Length == 0)
        {
            return string.Empty;
        }
        var least = other.MinBy(item => item.Keywords.Length)!;
        return least.Keywords.Length == 0
            ? $"; the {PastOf(!isYes)} {least.Title} shares nothing with it"
            : $", although the {PastOf(!isYes)} {least.Title} also has {Join([.. least.Keywords.Take(2)])}";
    }

    private string Closing() => (isYes, variant % 3) switch
    {
        (true, 0) => "So it should be a good choice for this evening.",
        (true, 1) => "That makes it a good match for this user.",
        (true, _) => "It is likely to please this user as well.",
        (false, 0) => "So it is hardly a good choice for this evening.",
        (false, 1) => "That makes it a poor match for this user.",
        (false, _) => "It is unlikely to please this user any better.",
    };
}
