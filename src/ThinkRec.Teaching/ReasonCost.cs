namespace ThinkRec.Teaching;

/// <summary>What a teacher behind an endpoint took for one row, all its answers together.</summary>
/// <param name="Answers">Answers that the endpoint gave, kept or not.</param>
/// <param name="Requests">Requests that were sent for them, repeated ones included.</param>
/// <param name="PromptTokens">Tokens read, as the endpoint counts them; 0 where it does not say.</param>
/// <param name="CompletionTokens">Tokens written, thinking included.</param>
/// <param name="Price">Money in the unit of the prices given; null without prices.</param>
public sealed record ReasonCost(int Answers, int Requests, long PromptTokens, long CompletionTokens, double? Price = null)
{
    /// <summary>Nothing asked and nothing paid.</summary>
    public static ReasonCost None { get; } = new(0, 0, 0, 0);

    /// <summary>Two costs together.</summary>
    /// <param name="other">The other one.</param>
    /// <returns>The sums; a price where either has one.</returns>
    public ReasonCost Plus(ReasonCost other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new(
            Answers + other.Answers,
            Requests + other.Requests,
            PromptTokens + other.PromptTokens,
            CompletionTokens + other.CompletionTokens,
            Price is null && other.Price is null ? null : (Price ?? 0) + (other.Price ?? 0));
    }
}
