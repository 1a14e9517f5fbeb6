using System.Text;
using System.Text.Json;
using ThinkRec.Text;

namespace ThinkRec.Teaching.Endpoint;

/// <summary>Reads what an OpenAI-compatible endpoint sends: one JSON document, or a stream of events that each hold a piece.</summary>
internal static class ChatReplyReader
{
    private const int Shown = 120;
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Reads the body of an answer.</summary>
    /// <param name="body">The whole body.</param>
    /// <param name="isStream">Whether it is <c>text/event-stream</c>.</param>
    /// <param name="requests">Requests that were sent for it.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="EndpointException">Transient: the body is not what the protocol says, or was cut off.</exception>
    public static ChatReply Read(string body, bool isStream, int requests)
    {
        try
        {
            return isStream ? FromEvents(body, requests) : FromDocument(body, requests);
        }
        // InvalidOperationException: an escaped half of a surrogate pair in a text.
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new EndpointException($"The endpoint's answer is not the JSON of a chat completion but '{Show(body)}'.", error) { Kind = EndpointFailure.Transient };
        }
    }

    /// <summary>Finds the code and message of an error in a body that may be anything.</summary>
    /// <param name="body">The body of a response that is no success.</param>
    /// <returns>Code, which may be empty, and message, or the start of the body.</returns>
    public static (string Code, string Message) Error(string body)
    {
        try
        {
            return JsonSerializer.Deserialize<Completion>(body, Json)?.Error is { } error ? Error(error) : ("", Show(body));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return ("", Show(body));
        }
    }

    private static ChatReply FromDocument(string body, int requests)
    {
        var completion = Parse(body);
        var choice = completion.Choices is [{ } first, ..] ? first : throw Transient($"The endpoint's answer has no choices: '{Show(body)}'.");
        var message = choice.Message ?? throw Transient($"The endpoint's answer has no message: '{Show(body)}'.");
        return new ChatReply(
            Text(message.Content),
            ThinkingOf(message),
            choice.FinishReason ?? "stop",
            completion.Model ?? "",
            Tokens(completion.Usage?.PromptTokens),
            Tokens(completion.Usage?.CompletionTokens),
            requests);
    }

    private static ChatReply FromEvents(string body, int requests)
    {
        var (text, thinking) = (new StringBuilder(), new StringBuilder());
        var (finish, model, isDone) = ((string?)null, "", false);
        var usage = new Usage(0, 0);
        foreach (var line in body.Split('\n').Select(line => line.TrimEnd('\r')).Where(line => line.StartsWith("data:", StringComparison.Ordinal)))
        {
            var data = line["data:".Length..].Trim();
            if (data == "[DONE]")
            {
                isDone = true;
                break;
            }

            var piece = Parse(data);
            (model, usage) = (piece.Model ?? model, piece.Usage ?? usage);
            if (piece.Choices is [{ } choice, ..])
            {
                text.Append(Text(choice.Delta?.Content));
                thinking.Append(choice.Delta is null ? "" : ThinkingOf(choice.Delta));
                finish = choice.FinishReason ?? finish;
            }
        }

        return isDone || finish is not null
            ? new ChatReply(text.ToString(), thinking.ToString(), finish ?? "stop", model, Tokens(usage.PromptTokens), Tokens(usage.CompletionTokens), requests)
            : throw Transient($"The endpoint's stream was cut off after {text.Length + thinking.Length} characters.");
    }

    private static Completion Parse(string text)
    {
        var completion = JsonSerializer.Deserialize<Completion>(text, Json) ?? throw new JsonException("null");
        return completion.Error is { ValueKind: not JsonValueKind.Null } error
            ? throw Transient($"The endpoint answered with an error: {Error(error).Message}")
            : completion;
    }

    private static (string Code, string Message) Error(JsonElement error) => error.ValueKind switch
    {
        JsonValueKind.Object => (Text(Member(error, "code")), Text(Member(error, "message")) is { Length: > 0 } message ? Show(message) : Show(error.GetRawText())),
        _ => ("", Show(error.ToString())),
    };

    private static JsonElement? Member(JsonElement element, string name) => element.TryGetProperty(name, out var member) ? member : null;

    // Servers call it reasoning_content (QwQ, DeepSeek, vLLM) or reasoning.
    private static string ThinkingOf(Message message) => Text(message.ReasoningContent) is { Length: > 0 } thinking ? thinking : Text(message.Reasoning);

    // A text, or a list of parts with texts.
    private static string Text(JsonElement? element) => element switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { ValueKind: JsonValueKind.Array } parts => string.Concat(parts.EnumerateArray().Select(part => part.ValueKind == JsonValueKind.Object ? Text(Member(part, "text")) : "")),
        _ => "",
    };

    private static long Tokens(long? count) => Math.Clamp(count ?? 0, 0, int.MaxValue);

    private static string Show(string text) => UntrustedText.Clean(text, Shown);

    private static EndpointException Transient(string message) => new(message) { Kind = EndpointFailure.Transient };

    private sealed record Completion(string? Model, List<Choice?>? Choices, Usage? Usage, JsonElement? Error);

    private sealed record Choice(Message? Message, Message? Delta, string? FinishReason);

    private sealed record Message(JsonElement? Content, JsonElement? ReasoningContent, JsonElement? Reasoning);

    private sealed record Usage(long? PromptTokens, long? CompletionTokens);
}
