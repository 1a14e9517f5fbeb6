using System.Globalization;
using System.Text.RegularExpressions;
using ThinkRec.Models.Llm.Files;
using ThinkRec.Nn;
using ThinkRec.Text;
using ThinkRec.Torch;

namespace ThinkRec.Models.Llm;

/// <summary>What a model folder holds, and whether its files belong together, told without loading the weights.</summary>
/// <remarks>Values are not looked at: a weight that is not finite shows when the model is loaded.</remarks>
public sealed partial record ModelInspection
{
    private const int ProblemsInMessage = 3;

    private ModelInspection(ModelFiles files)
    {
        (Folder, FilesFolder, Config, Tokenizer) = (files.Path, files.Folder, files.Config, Tokenizer.Load(files.Folder));
        EndIds = EndTokens.Read(files.Folder, Config, Tokenizer.EndId);
        Format = files.IsLlama2c ? "llama2.c" : "safetensors";
        Weights = [.. LlamaWeight.All(Config)];
    }

    /// <summary>The folder, or the llama2.c checkpoint, that was asked for.</summary>
    public string Folder { get; }

    /// <summary>The folder that holds the files.</summary>
    public string FilesFolder { get; }

    /// <summary>Format of the weights: <c>safetensors</c> or <c>llama2.c</c>.</summary>
    public string Format { get; }

    /// <summary>The weights files, in order.</summary>
    public IReadOnlyList<string> Shards { get; private init; } = [];

    /// <summary>Tokens that end a text.</summary>
    public IReadOnlyList<int> EndIds { get; }

    /// <summary>How positions are rotated, in words.</summary>
    public string Rope => string.Create(CultureInfo.InvariantCulture, $"base {Config.RopeTheta}, {(Config.RopeScaling is { Kind: not "default" } scaling ? $"{scaling.Kind} scaling by {scaling.Factor}" : "no scaling")}{Unrotated}");

    /// <summary>Which layers see a window, in words.</summary>
    public string Window => Config.Windows is var (layers, length)
        ? $"{length} positions in {(layers == Config.NumHiddenLayers ? "every layer" : $"{layers} of {Config.NumHiddenLayers} layers")}"
        : "none";

    /// <summary>Shape of the model.</summary>
    public LlamaConfig Config { get; }

    /// <summary>Its tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The weights that the config asks for.</summary>
    public IReadOnlyList<LlamaWeight> Weights { get; }

    /// <summary>Number of weights, in elements.</summary>
    public long Parameters => Weights.Sum(weight => weight.Elements);

    /// <summary>Element types of the weights that are there, with the number of tensors.</summary>
    public IReadOnlyDictionary<DType, int> ElementTypes { get; private init; } = new Dictionary<DType, int>();

    /// <summary>How projections would be held.</summary>
    public Quantization Quantize { get; private init; }

    /// <summary>Bytes of all weights in memory: they are computed in Float32, whatever the file has, and held so unless they are rounded.</summary>
    public long WeightBytes => Weights.Sum(weight => Quantize == Quantization.Int8 && LlamaWeight.IsProjection(weight.Key)
        ? weight.Elements + (weight.Shape[0] * sizeof(float)) : weight.Elements * sizeof(float));

    /// <summary>Bytes of keys and values that one position of one text takes while generating.</summary>
    public long CacheBytesPerPosition => 2L * Config.NumHiddenLayers * Config.KeyValueHeads * Config.HeadSize * sizeof(float);

    /// <summary>Bytes of the tables of rotations.</summary>
    public long RotationBytes => 2L * Config.MaxPositionEmbeddings * Config.HeadSize * sizeof(float);

    /// <summary>What keeps the model from being loaded or computed; one sentence each.</summary>
    public IReadOnlyList<string> Problems { get; private init; } = [];

    /// <summary>Tensors of the file that the config has no place for. Loading passes over them, and so may compute another model than was saved.</summary>
    public IReadOnlyList<string> LeftOver { get; private init; } = [];

    /// <summary>Tensors of the file that are rightly passed over: tables that are computed, and the head of a model whose head is its embedding.</summary>
    public IReadOnlyList<string> Redundant { get; private init; } = [];

    /// <summary>Reads config, tokenizer and the header of the weights.</summary>
    /// <param name="path">A folder with config.json, tokenizer.json and model.safetensors or its shards; or a llama2.c checkpoint or its folder.</param>
    /// <param name="quantize">How projections would be held, for the memory.</param>
    /// <returns>What was found; the caller looks at the problems.</returns>
    /// <exception cref="CheckpointException">A file is missing or damaged; the tokenizer's own exceptions pass.</exception>
    public static ModelInspection Of(string path, Quantization quantize = Quantization.None)
    {
        var files = ModelFiles.Find(path);
        var found = new ModelInspection(files);
        using ITensorStore file = files.Open();
        string[] others = [.. file.Keys.Except(found.Weights.Select(weight => weight.Key)).Order(StringComparer.Ordinal)];
        return found with
        {
            Quantize = quantize,
            Shards = ModelFiles.Shards(file),
            ElementTypes = found.Weights.Where(weight => file.Contains(weight.Key)).CountBy(weight => file.Describe(weight.Key).DType).ToDictionary(),
            Problems = [.. found.TokenizerProblems(), .. found.Weights.SelectMany(weight => ProblemsOf(weight, file))],
            LeftOver = [.. others.Where(key => !found.IsRedundant(key))],
            Redundant = [.. others.Where(found.IsRedundant)],
        };
    }

    /// <summary>Number of weights of a part, in elements.</summary>
    /// <param name="part">The part.</param>
    /// <returns>The sum.</returns>
    public long ParametersOf(LlamaPart part) => Weights.Where(weight => weight.Part == part).Sum(weight => weight.Elements);

    /// <summary>Refuses a model that cannot be loaded and computed.</summary>
    /// <exception cref="CheckpointException">There are problems; names the first.</exception>
    public void Require()
    {
        if (Problems.Count > 0)
        {
            string more = Problems.Count > ProblemsInMessage ? $" {Problems.Count - ProblemsInMessage} more; `thinkrec llm inspect --model` lists them." : "";
            throw new CheckpointException($"{Folder}: {string.Join(" ", Problems.Take(ProblemsInMessage))}{more}");
        }
    }

    private static IEnumerable<string> ProblemsOf(LlamaWeight weight, ITensorStore file)
    {
        string wanted = $"Weight '{weight.Key}' [{string.Join(", ", weight.Shape)}]";
        if (!file.Contains(weight.Key))
        {
            yield return $"{wanted} is missing.";
            yield break;
        }

        TensorInfo info = file.Describe(weight.Key);
        if (!info.Shape.SequenceEqual(weight.Shape))
        {
            yield return $"{wanted} is [{string.Join(", ", info.Shape)}] in the file.";
        }

        if (info.DType is not (DType.Float16 or DType.BFloat16 or DType.Float32 or DType.Float64))
        {
            yield return $"{wanted} is {info.DType} in the file, expected a floating type.";
        }
    }

    private IEnumerable<string> TokenizerProblems() =>
        LanguageModel.Misfit(Tokenizer, Config) is string problem ? [problem] : [];

    private string Unrotated => Enumerable.Range(0, Config.NumHiddenLayers).Count(layer => !Config.Family.Rotates(Config, layer)) is > 0 and int none
        ? $", none in {none} of {Config.NumHiddenLayers} layers" : "";

    private bool IsRedundant(string key) => RotationTable().IsMatch(key) || (Config.TieWordEmbeddings && key == "lm_head.weight");

    [GeneratedRegex(@"^model\.(layers\.\d+\.self_attn\.)?rotary_emb\.inv_freq$")]
    private static partial Regex RotationTable();
}
