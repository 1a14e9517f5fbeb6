using System.Text.Json.Serialization;
using ThinkRec.Teaching.Endpoint;

namespace ThinkRec.Teaching.Keywords;

/// <summary>A line of the journal: one answer that was paid for.</summary>
/// <param name="Items">What the answer is kept under, in the order of the question (<see cref="KeywordQuestion.KeyOf"/>).</param>
/// <param name="Reply">The answer.</param>
/// <param name="Price">Its price in the unit of the prices given; null without prices.</param>
internal sealed record KeywordAnswer(string[] Items, ChatReply Reply, double? Price)
{
    /// <summary>What it took.</summary>
    [JsonIgnore]
    public ReasonCost Cost => new(1, Reply.Requests, Reply.PromptTokens, Reply.CompletionTokens, Price);
}

/// <summary>The first line of the journal. What an answer is to stands in the answer, so that datasets and models share a journal.</summary>
/// <param name="Format">The format's name and version.</param>
internal sealed record KeywordJournalHeader(string Format)
{
    /// <summary>The present one.</summary>
    public static KeywordJournalHeader Current { get; } = new("thinkrec-keywords-journal-1");
}
