using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Text;
using ThinkRec.Text.Chat;

namespace ThinkRec.Cli.Commands;

/// <summary>The options of <c>llm generate</c> that say what the model goes on from: a text, or a chat.</summary>
internal sealed class PromptOptions
{
    private readonly Option<string?> _prompt = new("--prompt") { Description = "Text to go on from; an empty one starts a text.", HelpName = "TEXT" };

    private readonly Option<string?> _chat = new("--chat") { Description = "What a user says; it is written as the model's chat template says, and the model replies.", HelpName = "TEXT" };

    private readonly Option<string?> _system = new("--system") { Description = "With --chat: what the system says before.", HelpName = "TEXT" };

    private readonly Option<FileInfo> _messages = new Option<FileInfo>("--messages") { Description = "A chat so far, as a JSON list of objects with role and content.", HelpName = "FILE" }.AcceptExistingOnly();

    private readonly Option<string?> _template = new("--template") { Description = "Which of the model's chat templates, where it has several.", HelpName = "NAME" };

    private readonly Option<string[]> _variables = new("--variable")
    {
        Description = "A variable for the chat template, as JSON, such as enable_thinking=false; may be given several times.",
        HelpName = "NAME=JSON",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> _date = new("--date") { Description = "Today's date for chat templates that write it, instead of that of the clock (UTC).", HelpName = "YYYY-MM-DD" };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _prompt, _chat, _system, _messages, _template, _variables, _date })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Reads them, and renders a chat.</summary>
    /// <param name="call">The call.</param>
    /// <param name="model">The model's folder or file.</param>
    /// <exception cref="UsageException">They do not go together.</exception>
    /// <exception cref="ChatTemplateException">The model has no usable chat template, or it refuses the messages.</exception>
    public Prompt Read(ParseResult call, string model)
    {
        string? prompt = call.GetValue(_prompt), chat = call.GetValue(_chat), system = call.GetValue(_system);
        FileInfo? messages = call.GetValue(_messages);
        if (new object?[] { prompt, chat, messages }.Count(given => given is not null) != 1)
        {
            throw new UsageException("expected one of --prompt, --chat and --messages.");
        }

        if (system is not null && chat is null)
        {
            throw new UsageException("--system goes with --chat; in a file of --messages write a message of the role 'system'.");
        }

        if (prompt is not null)
        {
            string[] others = [.. new Option[] { _template, _variables, _date }.Where(option => call.GetResult(option) is { Implicit: false }).Select(option => option.Name)];
            return others.Length == 0 ? new Prompt(prompt, null) : throw new UsageException($"{others[0]} goes with --chat or --messages; a --prompt is taken as it is.");
        }

        IReadOnlyList<ChatMessage> said = messages is not null ? ChatMessage.Read(messages.FullName)
            : system is null ? [new("user", chat)] : [new("system", system), new("user", chat)];
        ChatOptions options = new() { Variables = Variables(call), Now = Now(call) };
        RenderedChat rendered = ChatTemplate.Load(Directory.Exists(model) ? model : Path.GetDirectoryName(model)!).Render(said, options, call.GetValue(_template));
        return new Prompt(rendered.ToString(), rendered);
    }

    private Dictionary<string, JsonElement> Variables(ParseResult call)
    {
        var variables = new Dictionary<string, JsonElement>();
        foreach (string given in call.GetValue(_variables)!)
        {
            int sign = given.IndexOf('=', StringComparison.Ordinal);
            try
            {
                variables[sign > 0 ? given[..sign] : throw new JsonException()] = JsonDocument.Parse(given[(sign + 1)..]).RootElement;
            }
            catch (JsonException)
            {
                throw new UsageException($"--variable is '{given}', expected a name, '=' and JSON, such as enable_thinking=false or language='\"English\"'.");
            }
        }

        return variables;
    }

    private DateTimeOffset Now(ParseResult call)
    {
        if (call.GetValue(_date) is not { } date)
        {
            return TimeProvider.System.GetUtcNow();
        }

        return DateTimeOffset.TryParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset day)
            ? day
            : throw new UsageException($"--date is '{date}', expected a date such as 2026-01-31.");
    }

    /// <summary>What the model goes on from.</summary>
    /// <param name="Text">The text, for people.</param>
    /// <param name="Chat">The chat; null for a text that is taken as it is.</param>
    internal sealed record Prompt(string Text, RenderedChat? Chat)
    {
        /// <summary>The tokens.</summary>
        public int[] Encode(Tokenizer tokenizer) => Chat is null ? [.. tokenizer.Opening, .. tokenizer.Encode(Text)] : Chat.Encode(tokenizer);
    }
}
