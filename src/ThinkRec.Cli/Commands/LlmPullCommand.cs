using System.CommandLine;
using System.Globalization;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Downloads;
using ThinkRec.Models.Hub;

namespace ThinkRec.Cli.Commands;

/// <summary><c>llm pull</c>: a model from the Hugging Face hub, checked, without anything that can run code.</summary>
internal sealed class LlmPullCommand : ICommand
{
    private const string UsualTokenVariable = "HF_TOKEN";
    private const int CommitShown = 12;

    private readonly Argument<string> _name = new("OWNER/NAME") { Description = "The model, as above its page at the hub, such as HuggingFaceTB/SmolLM2-135M." };

    private readonly Option<string> _revision = new("--revision")
    {
        Description = "A branch, a tag or a commit.",
        DefaultValueFactory = _ => "main",
        HelpName = "REF",
    };

    private readonly Option<DirectoryInfo> _out = new("--out")
    {
        Description = "Folder to write; new or empty (default models/OWNER/NAME). A folder that holds the model is compared with its record.",
        HelpName = "DIR",
    };

    private readonly Option<string> _mirror = new("--mirror")
    {
        Description = $"Ask another server with the hub's paths instead of {ModelHub.Official}. It gets a token only when --token-variable is given.",
        HelpName = "URL",
    };

    private readonly Option<string> _tokenVariable = new("--token-variable")
    {
        Description = $"Environment variable that holds the token, for gated and private models (default: {UsualTokenVariable}; unset: no token).",
        HelpName = "NAME",
    };

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        var command = new Command("pull", "Gets a language model or an adapter from the Hugging Face hub: safetensors, configuration and tokenizer only, checked, and resumed.")
        {
            _name, _revision, _out, _mirror, _tokenVariable,
        };
        application.Act(command, RunAsync);
        return command;
    }

    private async Task RunAsync(ParseResult call, IConsoleReport report, CancellationToken cancellation)
    {
        ModelRepository repository = ModelRepository.Parse(call.GetRequiredValue(_name), call.GetRequiredValue(_revision));
        string folder = call.GetValue(_out)?.FullName ?? Path.GetFullPath(Path.Combine("models", repository.Name));
        var hub = new ModelHub(MirrorOf(call), TokenOf(call));
        using var downloader = new Downloader();
        PullPlan? plan = null;
        var pull = new ModelPull(downloader, hub) { Planned = planned => Show(report, plan = planned), Progress = new DownloadMeter(report).Show };
        PullRecord record = await pull.RunAsync(repository, folder, cancellation);
        Show(report, record, plan, folder);
    }

    private Uri? MirrorOf(ParseResult call) => call.GetValue(_mirror) is not { } mirror ? null
        : Uri.TryCreate(mirror, UriKind.Absolute, out Uri? address) ? address
        : throw new UsageException($"--mirror must be an address https://… but is '{mirror}'.");

    // A token is the user's key to the hub: another server gets it only by name.
    private string? TokenOf(ParseResult call)
    {
        string? named = call.GetValue(_tokenVariable);
        string? token = named is null && call.GetValue(_mirror) is not null ? null : Environment.GetEnvironmentVariable(named ?? UsualTokenVariable)?.Trim();
        return !string.IsNullOrEmpty(token) ? token
            : named is null ? null
            : throw new UsageException($"--token-variable: the environment variable {named} is not set. Set it to the token.");
    }

    private static void Show(IConsoleReport report, PullPlan plan)
    {
        report.Line($"{plan.Repository} is commit {plan.Commit[..CommitShown]}. Licence: {LicenceOf(plan.Licence)}");
        report.Line($"{plan.Files.Count} files, {Size(plan.Bytes)}; {Size(plan.MissingBytes)} to come, {Size(plan.FreeBytes)} free.");
        if (plan.LeftOut.Count > 0)
        {
            report.Line($"Left out: {plan.LeftOut.Count} other files of the repository's top folder, and its subfolders.");
        }
    }

    private static void Show(IConsoleReport report, PullRecord record, PullPlan? plan, string folder)
    {
        bool isModel = record.Files.Any(file => file.Name == "config.json"); // else an adapter alone
        string? inspect = isModel ? $"thinkrec llm inspect --model {ShellWord.Quoted(folder)}" : null;
        report.Table(["file", "MB", "SHA-256"], record.Files.Select(file => (IReadOnlyList<string>)[file.Name, Megabytes(file.Bytes), file.Sha256]));
        report.Line(plan is null
            ? $"{folder} held {record.Repository} at {record.Commit[..CommitShown]} already; its files are as they were. Licence: {LicenceOf(record.Licence)}"
            : $"In {folder}; every file has the hub's checksum, and {PullRecord.FileName} says what came from where.");
        report.Line(inspect is null ? "It is an adapter, and needs the model that it was made for." : $"Look at it: {inspect}");
        report.Document(new { folder, record.Hub, record.Repository, record.Revision, record.Commit, record.Licence, record.Files, LeftOut = plan?.LeftOut, WasThere = plan is null, inspect });
    }

    private static string LicenceOf(string? licence) => licence is null ? "the model's card names none; ask its author before you use it." : $"{licence}, as the model's card says.";

    private static string Size(long bytes) => Megabytes(bytes) + " MB";

    private static string Megabytes(long bytes) => (bytes / 1e6).ToString("0.0", CultureInfo.InvariantCulture);
}
