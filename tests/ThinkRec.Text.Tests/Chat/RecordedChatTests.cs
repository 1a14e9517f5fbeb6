using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ThinkRec.TestKit;
using ThinkRec.Text.Chat;

namespace ThinkRec.Text.Tests.Chat;

/// <summary>Compares with what jinja2 makes of the same templates and chats, recorded by tools/parity/record_chat.py.</summary>
public sealed class RecordedChatTests
{
    private static readonly JsonElement Record = JsonDocument.Parse(File.ReadAllText(
        Path.Combine(Repository.Root, "tests", "ThinkRec.Text.Tests", "Fixtures", "chat.json"))).RootElement;

    public static TheoryData<string> Templates => [.. Record.GetProperty("templates").EnumerateObject().Select(template => template.Name)];

    [Theory]
    [MemberData(nameof(Templates))]
    public void A_chat_is_written_as_jinja2_writes_it(string name)
    {
        var recorded = Record.GetProperty("templates").GetProperty(name);
        var isPublished = recorded.TryGetProperty("file", out var file);
        Assert.SkipWhen(isPublished && !Repository.HasData($"tokenizers/{file}"), $"tokenizers/{file} is not beside the checkout");
        var now = DateTimeOffset.Parse(Record.GetProperty("manifest").GetProperty("now").GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

        var cases = Record.GetProperty("cases").EnumerateArray().Where(one => one.GetProperty("template").GetString() == name).ToList();

        Assert.NotEmpty(cases);
        Assert.All(cases, one =>
        {
            string? written = null;
            try
            {
                var template = isPublished ? Published(file.GetString()!, recorded) : ChatTemplate.Parse(recorded.GetProperty("source").GetString()!, Tokens(recorded));
                written = template.Render(Messages(one), Options(one, now)).ToString();
            }
            catch (ChatTemplateException)
            {
                Assert.True(one.TryGetProperty("refused", out _), $"refused, expected: {one}");
            }

            Assert.Equal(one.TryGetProperty("text", out var text) ? text.GetString() : null, written);
        });
    }

    [Fact]
    public void The_record_was_made_by_the_script_in_the_tree()
    {
        var script = File.ReadAllBytes(Path.Combine(Repository.Root, "tools", "parity", "record_chat.py"));

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(script)), Record.GetProperty("manifest").GetProperty("script_sha256").GetString());
    }

    private static ChatTemplate Published(string file, JsonElement recorded)
    {
        var path = Repository.Data($"tokenizers/{file}");
        var source = JsonDocument.Parse(File.ReadAllText(path)).RootElement.GetProperty("chat_template").GetString()!;
        Assert.Equal(recorded.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(source))));
        return ChatTemplate.Load(path);
    }

    private static Dictionary<string, string> Tokens(JsonElement recorded) =>
        recorded.GetProperty("tokens").EnumerateObject().ToDictionary(token => token.Name, token => token.Value.GetString()!);

    private static List<ChatMessage> Messages(JsonElement one) =>
        [.. Record.GetProperty("chats").GetProperty(one.GetProperty("chat").GetString()!).EnumerateArray().Select(message => new ChatMessage(
            message.GetProperty("role").GetString()!, message.GetProperty("content").GetString())
        {
            Members = message.EnumerateObject().Where(member => member.Name is not ("role" or "content")).ToDictionary(member => member.Name, member => member.Value),
        })];

    private static ChatOptions Options(JsonElement one, DateTimeOffset now)
    {
        var options = one.GetProperty("options");
        return new ChatOptions
        {
            AddGenerationPrompt = options.TryGetProperty("add_generation_prompt", out var isAdded) && isAdded.GetBoolean(),
            Tools = options.TryGetProperty("tools", out var hasTools) && hasTools.GetBoolean() ? [.. Record.GetProperty("tools").EnumerateArray()] : null,
            Variables = options.EnumerateObject().Where(option => option.Name == "enable_thinking").ToDictionary(option => option.Name, option => option.Value),
            Now = now,
        };
    }
}
