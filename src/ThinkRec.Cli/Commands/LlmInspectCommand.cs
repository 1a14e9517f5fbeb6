using System.CommandLine;
using System.Globalization;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Models.Llm;
using ThinkRec.Nn;
using ThinkRec.Text;

namespace ThinkRec.Cli.Commands;

/// <summary><c>llm inspect</c>: what a model folder holds, and whether its files belong together.</summary>
internal sealed class LlmInspectCommand : ICommand
{
    private const int ShownNames = 10;
    private readonly Option<FileSystemInfo> _model = LlmCommand.ModelOption();
    private readonly Option<string> _quantize = LlmCommand.QuantizeOption();

    /// <inheritdoc/>
    public Command Build(Application application)
    {
        var command = new Command("inspect", "Architecture, sizes, vocabulary and memory of a model folder; whether every weight is there.") { _model, _quantize };
        application.Act(command, (call, report, cancellation) => Task.Run(() => Inspect(call, report), cancellation).WaitAsync(cancellation));
        return command;
    }

    private void Inspect(ParseResult call, IConsoleReport report)
    {
        string folder = call.GetRequiredValue(_model).FullName;
        var found = ModelInspection.Of(folder, LlmCommand.Quantization(call, _quantize));
        FileInfo[] files = [.. new DirectoryInfo(found.FilesFolder).EnumerateFiles().OrderBy(file => file.Name, StringComparer.Ordinal)];
        Show(report, found, files);
        Document(report, found, files);
        if (found.Problems.Count + found.LeftOver.Count > 0)
        {
            throw new CheckpointException($"{folder}: {Summary(found)}");
        }
    }

    private static void Show(IConsoleReport report, ModelInspection found, FileInfo[] files)
    {
        LlamaConfig config = found.Config;
        report.Line($"Architecture: {config.ModelType}, {config.NumHiddenLayers} layers, hidden size {config.HiddenSize}, feed-forward size {config.IntermediateSize}, "
            + $"{config.NumAttentionHeads} heads of {config.HeadSize} ({config.KeyValueHeads} for keys and values), {config.MaxPositionEmbeddings} positions.");
        report.Line($"Rotation: {found.Rope}. Window: {found.Window}.");
        report.Line($"Weights: {found.Format}, {found.Shards.Count} file{(found.Shards.Count == 1 ? "" : "s")}.");
        report.Line($"Element type: {string.Join(", ", found.ElementTypes.Select(type => $"{type.Key} ({type.Value} tensors)"))}.");
        report.Line($"Vocabulary: {found.Tokenizer.Kind}, {found.Tokenizer.VocabularySize} tokens, {config.VocabSize} of the model; {string.Join(", ", SpecialTokens(found.Tokenizer).Select(t => $"{t.Role} {t.Id} {t.Text}"))}.");
        report.Table(
            ["part", "weights", "share"],
            Enum.GetValues<LlamaPart>().Select(part => Row(Name(part), found.ParametersOf(part), found.Parameters)).Append(Row("all", found.Parameters, found.Parameters)));
        report.Table(["file", "bytes"], files.Select(file => (IReadOnlyList<string>)[file.Name, $"{file.Length}"]));
        report.Line($"Memory to generate one text, at least: {Size(found.WeightBytes + found.RotationBytes)} for weights and rotations, "
            + $"{found.CacheBytesPerPosition} bytes for each position, {Size(Full(found))} with all positions.");
        foreach ((string what, IReadOnlyList<string> names) in new[] { ("", found.Problems), ("Left over: ", found.LeftOver), ("Not needed: ", found.Redundant) })
        {
            foreach (string name in names.Take(ShownNames))
            {
                report.Line(what + name);
            }

            if (names.Count > ShownNames)
            {
                report.Line($"{what}{names.Count - ShownNames} more; --json has all.");
            }
        }

        if (found.Problems.Count + found.LeftOver.Count == 0)
        {
            report.Line($"Every one of the {found.Weights.Count} tensors is there and has the right shape.");
        }
    }

    private static void Document(IConsoleReport report, ModelInspection found, FileInfo[] files) => report.Document(new
    {
        Model = found.Folder,
        Sound = found.Problems.Count + found.LeftOver.Count == 0,
        Family = found.Config.ModelType,
        found.Config,
        found.Rope,
        found.Window,
        found.Format,
        Shards = found.Shards.Select(Path.GetFileName),
        found.EndIds,
        found.Parameters,
        Parts = Enum.GetValues<LlamaPart>().ToDictionary(Name, found.ParametersOf),
        ElementTypes = found.ElementTypes.ToDictionary(type => type.Key.ToString(), type => type.Value),
        Vocabulary = new { found.Tokenizer.Kind, found.Tokenizer.VocabularySize, found.Tokenizer.Fingerprint, SpecialTokens = SpecialTokens(found.Tokenizer) },
        Files = files.Select(file => new { file.Name, Bytes = file.Length }),
        Memory = new { found.WeightBytes, found.RotationBytes, found.CacheBytesPerPosition, BytesWithAllPositions = Full(found) },
        found.Problems,
        found.LeftOver,
        found.Redundant,
    });

    private static string Summary(ModelInspection found)
    {
        string problems = found.Problems.Count == 0 ? ""
            : $"{found.Problems.Count} problem{(found.Problems.Count == 1 ? "" : "s")}, the first: {found.Problems[0]} ";
        string leftOver = found.LeftOver.Count == 0 ? ""
            : $"{found.LeftOver.Count} tensor{(found.LeftOver.Count == 1 ? "" : "s")} left over, the first '{found.LeftOver[0]}'. ";
        return $"{problems}{leftOver}Does config.json belong to these weights?";
    }

    private static SpecialToken[] SpecialTokens(Tokenizer tokenizer) =>
    [
        .. new[] { ("begin", tokenizer.BeginId), ("end", tokenizer.EndId), ("padding", tokenizer.PaddingId), ("vector", tokenizer.PlaceholderId) }
            .Select(role => new SpecialToken(role.Item1, role.Item2, tokenizer.Decode([role.Item2], skipSpecialTokens: false))),
    ];

    private static long Full(ModelInspection found) =>
        found.WeightBytes + found.RotationBytes + (found.CacheBytesPerPosition * found.Config.MaxPositionEmbeddings);

    private static string Name(LlamaPart part) => part.ToString().ToLowerInvariant();

    private static IReadOnlyList<string> Row(string name, long count, long all) =>
        [name, $"{count}", (100.0 * count / all).ToString("0.0", CultureInfo.InvariantCulture) + " %"];

    private static string Size(long bytes) => (bytes / (double)(1 << 20)).ToString("0.0", CultureInfo.InvariantCulture) + " MiB";

    private sealed record SpecialToken(string Role, int Id, string Text);
}
