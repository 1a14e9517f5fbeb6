using System.Text.Json;

namespace ThinkRec.Text.Chat;

/// <summary>What a template gets besides the messages.</summary>
public sealed record ChatOptions
{
    /// <summary>Whether the assistant's turn is begun at the end, so that a model goes on with it.</summary>
    public bool AddGenerationPrompt { get; init; } = true;

    /// <summary>Tools that the model may call, as JSON schemas; null for none.</summary>
    public IReadOnlyList<JsonElement>? Tools { get; init; }

    /// <summary>Further variables, such as <c>enable_thinking</c> of Qwen3.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>The time that templates may write as today's date; null for none, where <c>strftime_now</c> is not defined and templates take a date of their own.</summary>
    public DateTimeOffset? Now { get; init; }
}
