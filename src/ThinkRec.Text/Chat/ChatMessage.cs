using System.Text.Json;

namespace ThinkRec.Text.Chat;

/// <summary>What one side of a chat said.</summary>
/// <param name="Role">Who: <c>system</c>, <c>user</c>, <c>assistant</c> or <c>tool</c>, as far as the template knows them.</param>
/// <param name="Content">The words; null where <see cref="Members"/> hold something else, such as calls of tools.</param>
public sealed record ChatMessage(string Role, string? Content)
{
    private const int MaxBytes = 16 << 20;

    /// <summary>Further members for the template, such as <c>tool_calls</c> or <c>reasoning_content</c>, or a <c>content</c> that is a list of parts.</summary>
    public IReadOnlyDictionary<string, JsonElement> Members { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Reads a list of messages, as OpenAI-compatible services take them.</summary>
    /// <param name="path">A JSON file: a list of objects with <c>role</c> and <c>content</c>, or an object that holds one as <c>messages</c>.</param>
    /// <returns>The messages, one at least.</returns>
    /// <exception cref="ChatTemplateException">The file is something else; says where.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static IReadOnlyList<ChatMessage> Read(string path)
    {
        var root = ChatFiles.ReadJson(path, MaxBytes);
        var isWrapped = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("messages", out _);
        var list = isWrapped ? root.GetProperty("messages") : root;
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
        {
            throw new ChatTemplateException(path, 0, "expected a list of messages, such as [{\"role\": \"user\", \"content\": \"Hello\"}].");
        }

        return [.. list.EnumerateArray().Select((message, index) => Read(path, message, $"messages[{index}]"))];
    }

    private static ChatMessage Read(string path, JsonElement message, string key)
    {
        if (message.ValueKind != JsonValueKind.Object || !message.TryGetProperty("role", out var role) || role.ValueKind != JsonValueKind.String)
        {
            throw new ChatTemplateException(path, 0, $"{key}: expected an object with a text as 'role'.");
        }

        var members = message.EnumerateObject().Where(member => member.Name != "role").ToDictionary(member => member.Name, member => member.Value);
        if (members.TryGetValue("content", out var content) && content.ValueKind is not (JsonValueKind.String or JsonValueKind.Null or JsonValueKind.Array))
        {
            throw new ChatTemplateException(path, 0, $"{key}.content: expected a text, or a list of parts.");
        }

        var isText = content.ValueKind == JsonValueKind.String;
        if (isText)
        {
            members.Remove("content");
        }

        return new ChatMessage(role.GetString()!, isText ? content.GetString() : null) { Members = members };
    }
}
