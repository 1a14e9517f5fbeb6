using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ThinkRec.Teaching.Endpoint;

/// <summary>The body of a request.</summary>
internal sealed record ChatRequest(
    string Model,
    IReadOnlyList<ChatMessage> Messages,
    int? MaxTokens,
    int? MaxCompletionTokens,
    double? Temperature,
    bool? Stream,
    ChatRequest.Streaming? StreamOptions)
{
    /// <summary>The field that limits an answer at services whose models refuse the usual one, <c>max_tokens</c>.</summary>
    public const string OtherLimit = "max_completion_tokens";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Words a request.</summary>
    /// <param name="options">Model, temperature, streaming.</param>
    /// <param name="messages">The conversation.</param>
    /// <param name="maxTokens">Tokens that the answer may have.</param>
    /// <param name="usesOtherLimit">Whether the limit is called <see cref="OtherLimit"/>.</param>
    /// <returns>UTF-8 text.</returns>
    public static byte[] Write(EndpointOptions options, IReadOnlyList<ChatMessage> messages, int maxTokens, bool usesOtherLimit) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new ChatRequest(
                options.Model, messages, usesOtherLimit ? null : maxTokens, usesOtherLimit ? maxTokens : null, options.Temperature,
                options.Stream ? true : null, options.Stream ? new Streaming(IncludeUsage: true) : null),
            Json);

    /// <summary>What a stream is to hold.</summary>
    internal sealed record Streaming(bool IncludeUsage);
}
