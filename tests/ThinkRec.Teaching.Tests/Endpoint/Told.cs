using System.Text.Json;
using ThinkRec.Teaching.Endpoint;
using ThinkRec.TestKit;

namespace ThinkRec.Teaching.Tests.Endpoint;

/// <summary>Answers of a model, and calls that do not wait long.</summary>
internal static class Told
{
    public const string Reason = "Yes. The list speaks for it, one way or the other.";

    public static LoopbackReply Answer(string text, string? thinking = null, string finish = "stop") => new(200, JsonSerializer.Serialize(new
    {
        model = "m-1",
        choices = new[] { new { message = new { content = text, reasoning_content = thinking }, finish_reason = finish } },
        usage = new { prompt_tokens = 100, completion_tokens = 10 },
    }));

    public static LoopbackReply Events(params string[] data) =>
        new(200, string.Concat(data.Select(piece => $"data: {piece}\n\n"))) { ContentType = "text/event-stream", HasNoLength = true };

    public static EndpointOptions Calls(LoopbackServer server) => new()
    {
        Address = server.Address,
        Model = "m",
        FirstDelay = TimeSpan.FromMilliseconds(2),
        MaxDelay = TimeSpan.FromMilliseconds(10),
        Timeout = TimeSpan.FromSeconds(20),
        PromptPrice = 2,
        CompletionPrice = 10,
    };
}
