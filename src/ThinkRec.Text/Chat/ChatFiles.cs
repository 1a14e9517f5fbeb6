using System.Text.Json;
using System.Text.Unicode;
using ThinkRec.Text.Chat.Jinja;

namespace ThinkRec.Text.Chat;

/// <summary>What the files of a model folder say about chats.</summary>
/// <param name="Templates">Source and file of each template, by name; <see cref="DefaultName"/> for one without.</param>
/// <param name="SpecialTokens">Variables such as <c>bos_token</c>.</param>
internal sealed record ChatFiles(IReadOnlyDictionary<string, (string File, string Source)> Templates, IReadOnlyDictionary<string, string> SpecialTokens)
{
    /// <summary>Name of the template that is taken when none is asked for.</summary>
    public const string DefaultName = "default";

    private const string TemplateFile = "chat_template.jinja";
    private const string ConfigurationFile = "tokenizer_config.json";
    private const int MaxConfigurationBytes = 16 << 20;
    private const int MaxTemplateBytes = 1 << 18;
    private const int MaxTemplates = 64;
    private const int MaxDepth = 64;

    private static readonly string[] TokenNames = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    /// <summary>Reads a model folder, or one file.</summary>
    public static ChatFiles Read(string path)
    {
        var isFolder = Directory.Exists(path);
        var configuration = isFolder ? Path.Combine(path, ConfigurationFile) : path;
        var template = isFolder ? Path.Combine(path, TemplateFile) : path.EndsWith(".jinja", StringComparison.Ordinal) ? path : null;
        if (template is not null && File.Exists(template))
        {
            var beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(template))!, ConfigurationFile);
            var tokens = File.Exists(beside) ? Tokens(beside, ReadJson(beside, MaxConfigurationBytes)) : [];
            return new ChatFiles(One(template, ReadText(template, MaxTemplateBytes)), tokens);
        }

        if (!File.Exists(configuration))
        {
            throw new ChatTemplateException(path, 0, $"there is no {ConfigurationFile} and no {TemplateFile}. Chats need the folder of a model that was made for them.");
        }

        var root = ReadJson(configuration, MaxConfigurationBytes);
        return new ChatFiles(Of(configuration, root), Tokens(configuration, root));
    }

    /// <summary>Reads a JSON file of limited size.</summary>
    public static JsonElement ReadJson(string path, int maxBytes)
    {
        var text = ReadText(path, maxBytes);
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
            RequireTexts(document.RootElement);
            return document.RootElement.Clone();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ChatTemplateException(path, 0, $"the file is not usable JSON: {e.Message} Fetch or make it again.", e);
        }
    }

    // Half surrogate pairs show only when a text is read.
    private static void RequireTexts(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                _ = element.GetString();
                break;
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    _ = member.Name;
                    RequireTexts(member.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var entry in element.EnumerateArray())
                {
                    RequireTexts(entry);
                }

                break;
            case JsonValueKind.Number:
                _ = Values.From(element);
                break;
            default:
                break;
        }
    }

    private static string ReadText(string path, int maxBytes)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (stream.Length > maxBytes)
        {
            throw new ChatTemplateException(path, 0, $"the file has {stream.Length} bytes, more than the {maxBytes} that are read.");
        }

        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return Utf8.IsValid(bytes)
            ? System.Text.Encoding.UTF8.GetString(bytes)
            : throw new ChatTemplateException(path, 0, "the file is not UTF-8 text. Save it as UTF-8.");
    }

    private static Dictionary<string, (string File, string Source)> Of(string file, JsonElement root)
    {
        var template = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("chat_template", out var found) ? found : default;
        switch (template.ValueKind)
        {
            case JsonValueKind.String:
                return One(file, template.GetString()!);
            case JsonValueKind.Array when template.GetArrayLength() is > 0 and <= MaxTemplates:
                var templates = new Dictionary<string, (string File, string Source)>(StringComparer.Ordinal);
                foreach (var entry in template.EnumerateArray())
                {
                    templates[Member(file, entry, "name")] = (file, Checked(file, Member(file, entry, "template")));
                }

                return templates;
            default:
                throw new ChatTemplateException(file, 0, "there is no chat_template, so that the model was not made for chats. Give a prompt instead, or the folder of a model that was.");
        }
    }

    private static string Member(string file, JsonElement entry, string name) =>
        entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new ChatTemplateException(file, 0, $"chat_template: expected a list of objects with texts as 'name' and 'template', but '{name}' is missing.");

    private static Dictionary<string, (string File, string Source)> One(string file, string source) => new(StringComparer.Ordinal) { [DefaultName] = (file, Checked(file, source)) };

    private static string Checked(string file, string source) => source.Length <= MaxTemplateBytes
        ? source
        : throw new ChatTemplateException(file, 0, $"the chat template has {source.Length} characters, more than the {MaxTemplateBytes} that are read.");

    private static Dictionary<string, string> Tokens(string file, JsonElement root)
    {
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in TokenNames)
        {
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            {
                continue;
            }

            var content = value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out var inner) ? inner : value;
            tokens[name] = content.ValueKind == JsonValueKind.String ? content.GetString()! : throw new ChatTemplateException(file, 0, $"{name}: expected a text, or an object with a text as 'content'.");
        }

        return tokens;
    }
}
