using System.CommandLine;
using System.Globalization;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Data;
using ThinkRec.Data.Keywords;
using ThinkRec.Teaching;
using ThinkRec.Teaching.Endpoint;
using ThinkRec.Teaching.Keywords;

namespace ThinkRec.Cli.Commands;

/// <summary>New keywords, and what there is to tell about getting them.</summary>
/// <param name="Keywords">By item index.</param>
/// <param name="Origin">Where they come from, in words.</param>
/// <param name="Lines">What people should know, one sentence a line.</param>
/// <param name="Asked">What a model was asked; null where none was.</param>
/// <param name="Unknown">Lines of a file about items that the dataset has not got.</param>
internal sealed record KeywordSupply(
    IReadOnlyList<IReadOnlyList<string>> Keywords, string Origin, IReadOnlyList<string> Lines, EndpointKeywordsResult? Asked = null, int Unknown = 0);

/// <summary>The options that say where keywords come from: a file, a model behind an endpoint, or the texts alone.</summary>
internal sealed class KeywordSourceOptions
{
    private static readonly KeywordCalls Calls = new();

    private readonly Option<FileInfo> _from = new("--from") { Description = "Take keywords from this file: .tsv, .csv or .jsonl with item_id and keywords.", HelpName = "FILE" };
    private readonly EndpointCallOptions _endpoint = new("a language model behind an endpoint", "without it the texts of the catalogue alone decide");
    private readonly Option<FileInfo> _journal = new("--journal") { Description = "File that keeps every answer; several datasets may share it (default: DIR with .keywords.journal.jsonl).", HelpName = "FILE" };
    private readonly Option<int> _batch = new("--batch") { Description = "Items in one question.", DefaultValueFactory = _ => Calls.Batch, HelpName = "N" };
    private readonly Option<int> _concurrency = new("--concurrency") { Description = "Questions asked at the same time.", DefaultValueFactory = _ => Calls.Concurrency, HelpName = "N" };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_from);
        _endpoint.AddTo(command);
        command.Add(_journal);
        command.Add(_batch);
        command.Add(_concurrency);
    }

    /// <summary>Reads the options; what they name is used when the result is called with the dataset.</summary>
    /// <exception cref="UsageException">Options do not belong together.</exception>
    public Func<Dataset, KeywordPolicy, Task<KeywordSupply>> Read(ParseResult call, string folder, int max, IConsoleReport report, CancellationToken cancellation)
    {
        EndpointOptions? endpoint = _endpoint.EndpointOf(call, _journal, _batch, _concurrency);
        if (call.GetValue(_from) is { } file)
        {
            return endpoint is null
                ? (dataset, _) => Task.Run(() => OfFile(file.FullName, dataset), cancellation).WaitAsync(cancellation)
                : throw new UsageException("--from and --endpoint: keywords come from a file or from a model. Leave one of the two out.");
        }

        if (endpoint is null)
        {
            return (dataset, policy) => Task.Run(() => OfTexts(dataset, policy, max, report), cancellation).WaitAsync(cancellation);
        }

        var calls = new KeywordCalls { Max = max, Batch = call.GetValue(_batch), Concurrency = call.GetValue(_concurrency) };
        calls.Validate();
        ApiKeys keys = _endpoint.KeysOf(call);
        string journal = call.GetValue(_journal)?.FullName ?? Path.TrimEndingDirectorySeparator(folder) + ".keywords.journal.jsonl";
        return (dataset, policy) => OfModelAsync(dataset, policy, endpoint, calls, keys, journal, report, cancellation);
    }

    private static KeywordSupply OfFile(string path, Dataset dataset)
    {
        (string[][] keywords, int unknown) = KeywordFile.Read(path, dataset);
        return new KeywordSupply(keywords, $"from {Path.GetFileName(path)}", unknown == 0 ? [] : [$"{unknown} lines are about items that {dataset.Name} has not got."], Unknown: unknown);
    }

    private static KeywordSupply OfTexts(Dataset dataset, KeywordPolicy policy, int max, IConsoleReport report)
    {
        report.Progress($"Looking through the texts of {dataset.Items.Count - 1} items");
        IReadOnlyList<ItemText> texts = policy == KeywordPolicy.Overwrite ? dataset.ItemTexts : [.. dataset.ItemTexts.Select(text => text with { Keywords = [] })];
        int[] room = [.. dataset.ItemTexts.Select(text => policy == KeywordPolicy.Merge ? Math.Max(0, max - text.Keywords.Count) : max)];
        return new KeywordSupply(KeywordExtractor.Extract(texts, room), $"extracted from the texts of the catalogue, up to {max} an item", []);
    }

    private static async Task<KeywordSupply> OfModelAsync(
        Dataset dataset, KeywordPolicy policy, EndpointOptions endpoint, KeywordCalls calls, ApiKeys keys, string journal, IConsoleReport report, CancellationToken cancellation)
    {
        var model = new EndpointKeywords(dataset, text => KeywordAssignment.Wants(text, policy), endpoint, calls);
        using CancellationTokenRegistration told = cancellation.Register(
            () => report.Progress("Waiting for the answers under way, to keep them; interrupt again to leave them."));
        EndpointKeywordsResult result = await model.RunAsync(keys, journal, (done, all) => report.Progress($"{done} of {all} texts"), cancellation);
        ReasonCost cost = result.Cost;
        string price = cost.Price is { } money ? string.Create(CultureInfo.InvariantCulture, $", price {money:0.####}") : "";
        return new KeywordSupply(result.Keywords, $"by {endpoint.Model}, up to {calls.Max} an item",
        [
            $"{result.Texts} texts asked about, {result.Found} of them answered in the journal before; {result.GivenUp} without an answer that could be read, {result.Refused} refused.",
            $"{cost.Answers} answers, {cost.Requests} requests, {cost.PromptTokens} tokens read, {cost.CompletionTokens} written{price}. Every answer is in {journal}.",
        ], result);
    }
}
