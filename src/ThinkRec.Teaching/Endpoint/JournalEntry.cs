using System.Text.Json.Serialization;

namespace ThinkRec.Teaching.Endpoint;

/// <summary>A line of the journal: one answer that was paid for.</summary>
/// <param name="User">The user's id as the source spells it.</param>
/// <param name="Item">The item's id as the source spells it.</param>
/// <param name="Timestamp">The interaction's time, in seconds since 1970-01-01 UTC.</param>
/// <param name="Reply">The answer.</param>
/// <param name="Price">Its price in the unit of the prices given; null without prices.</param>
internal sealed record JournalEntry(string User, string Item, long Timestamp, ChatReply Reply, double? Price)
{
    /// <summary>What it took.</summary>
    [JsonIgnore]
    public ReasonCost Cost => new(1, Reply.Requests, Reply.PromptTokens, Reply.CompletionTokens, Price);
}
