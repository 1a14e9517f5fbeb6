using System.Text.Json;
using ThinkRec.Text.Chat.Jinja;

namespace ThinkRec.Text.Chat;

/// <summary>The template by which a model expects chats: Jinja, in the part that published chat templates use. Safe for many threads.</summary>
/// <remarks>
/// <para>A template comes from outside: nothing of this program can be reached from it, and steps, depth and what it makes are limited. White space
/// is treated as transformers does (<c>trim_blocks</c>, <c>lstrip_blocks</c>), with its <c>tojson</c>, <c>raise_exception</c>, <c>strftime_now</c>,
/// <c>generation</c> blocks, <c>break</c> and <c>continue</c>. What is not supported is refused when the template is loaded.</para>
/// <para>Differs from transformers: the text that comes out knows which of its characters are messages'. Special tokens are read from the template's
/// own characters only, so that no message can forge a turn or end one. What a template says itself, the special tokens of
/// tokenizer_config.json and the usual roles (templates may make a token's name of one) count as the template's; messages, tools, variables and what <c>tojson</c> makes of anything count as others'.</para>
/// <para>Source: jinja2 3.1; transformers <c>chat_template_utils.py</c>.</para>
/// </remarks>
public sealed class ChatTemplate
{
    private const string ToolsName = "tool_use"; // as in transformers, taken when there are tools

    private static readonly string[] KnownRoles = ["system", "user", "assistant", "tool", "developer", "ipython"];

    private readonly Dictionary<string, (string File, Block Body)> _templates;
    private readonly IReadOnlyDictionary<string, string> _specialTokens;
    private readonly string _path;

    private ChatTemplate(string path, ChatFiles files)
    {
        (_path, _specialTokens) = (path, files.SpecialTokens);
        _templates = files.Templates.ToDictionary(
            template => template.Key, template => (template.Value.File, StatementParser.Read(template.Value.File, template.Value.Source)), StringComparer.Ordinal);
    }

    /// <summary>Names of the templates; most folders have one, <c>default</c>.</summary>
    public IEnumerable<string> Names => _templates.Keys.Order(StringComparer.Ordinal);

    /// <summary>Reads the template of a model.</summary>
    /// <param name="path">The model's folder, in which <c>chat_template.jinja</c> comes before <c>tokenizer_config.json</c>, or one such file.</param>
    /// <returns>The template.</returns>
    /// <exception cref="ChatTemplateException">There is none, or it is damaged or not supported; names file and line.</exception>
    public static ChatTemplate Load(string path) => new(path, ChatFiles.Read(path));

    /// <summary>Makes a template of its source.</summary>
    /// <param name="source">The template.</param>
    /// <param name="specialTokens">Variables such as <c>bos_token</c>; null for none.</param>
    /// <returns>The template.</returns>
    /// <exception cref="ChatTemplateException">It is not supported; names the line.</exception>
    public static ChatTemplate Parse(string source, IReadOnlyDictionary<string, string>? specialTokens = null) => new(
        "template", new ChatFiles(new Dictionary<string, (string, string)> { [ChatFiles.DefaultName] = ("template", source) }, specialTokens ?? new Dictionary<string, string>()));

    /// <summary>Writes a chat as the model expects it.</summary>
    /// <param name="messages">What was said, oldest first.</param>
    /// <param name="options">Tools, variables and the time; null for the defaults.</param>
    /// <param name="name">Which template; null for <c>tool_use</c> when there are tools and such a template, else <c>default</c>.</param>
    /// <returns>The text, with what is the template's and what is others'.</returns>
    /// <exception cref="ChatTemplateException">The template refuses the messages, fails on them, or takes too much; names file and line.</exception>
    public RenderedChat Render(IReadOnlyList<ChatMessage> messages, ChatOptions? options = null, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(messages);
        options ??= new ChatOptions();
        name ??= options.Tools is not null && _templates.ContainsKey(ToolsName) ? ToolsName : ChatFiles.DefaultName;
        if (!_templates.TryGetValue(name, out var template))
        {
            throw new ChatTemplateException(_path, 0, $"there is no chat template '{name}'; there are: {string.Join(", ", Names)}.");
        }

        var run = new Run(template.File);
        var output = new Output();
        template.Body.Execute(Variables(run, messages, options), output);
        return new RenderedChat([.. output.Text().Pieces()]);
    }

    private Scope Variables(Run run, IReadOnlyList<ChatMessage> messages, ChatOptions options)
    {
        var functions = new Scope(run, null);
        functions.Set("namespace", (Callable)((caller, given) => Bag(caller, given)));
        functions.Set("range", (Callable)Range);
        functions.Set("dict", (Callable)((_, given) => Values.MapOf(given.Names.Select(named => (named.Key, named.Value)))));
        functions.Set("raise_exception", (Callable)((caller, given) => throw caller.Problem($"the template refuses these messages: {given.Text(caller, 0, "message")}")));
        if (options.Now is { } now)
        {
            functions.Set("strftime_now", (Callable)((caller, given) => MarkedText.Trusted(Calendar.Write(caller, now, given.RequiredText(caller, 0, "format").Value))));
        }

        foreach (var (token, content) in _specialTokens)
        {
            functions.Set(token, MarkedText.Trusted(content));
        }

        var variables = functions.Inner();
        foreach (var (variable, value) in options.Variables)
        {
            variables.Set(variable, From(run, value, variable));
        }

        variables.Set("messages", messages.Select((message, index) => (object?)MapOf(run, message, index)).ToList());
        variables.Set("tools", options.Tools?.Select((tool, index) => From(run, tool, $"tools[{index}]")).ToList());
        variables.Set("documents", null);
        variables.Set("add_generation_prompt", options.AddGenerationPrompt);
        return variables;
    }

    private static OrderedDictionary<string, object?> MapOf(Run run, ChatMessage message, int index)
    {
        var map = Values.MapOf([("role", KnownRoles.Contains(message.Role) ? MarkedText.Trusted(message.Role) : MarkedText.Untrusted(message.Role))]);
        if (message.Content is not null || !message.Members.ContainsKey("content"))
        {
            map["content"] = message.Content is null ? null : MarkedText.Untrusted(message.Content);
        }

        foreach (var (member, value) in message.Members)
        {
            map[member] = From(run, value, $"messages[{index}].{member}");
        }

        return map;
    }

    private static object? From(Run run, JsonElement value, string key)
    {
        try
        {
            return Values.From(value);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw run.Problem($"{key}: {e.Message}");
        }
    }

    private static Namespace Bag(Run run, Arguments given)
    {
        run.Make(64);
        var bag = new Namespace();
        foreach (var (member, value) in given.Names)
        {
            bag.Members[member] = value;
        }

        return bag;
    }

    private static List<object?> Range(Run run, Arguments given)
    {
        var first = given.Whole(run, 0, "start", 0);
        var (start, stop) = given.Places.Count > 1 ? (first, given.Whole(run, 1, "stop", 0)) : (0, first);
        var step = given.Whole(run, 2, "step", 1);
        var span = (decimal)stop - start;
        if (step == 0)
        {
            throw run.Problem("the step of a range is 0.");
        }

        var count = Math.Max(0, Math.Ceiling(span / step));
        run.Make((long)Math.Min(8 * count, long.MaxValue));
        return Enumerable.Range(0, (int)count).Select(i => (object?)(start + (i * step))).ToList();
    }
}
