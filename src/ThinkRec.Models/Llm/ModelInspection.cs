using System.Text.RegularExpressions;
using ThinkRec.Nn;
using ThinkRec.Text;
using ThinkRec.Torch;

namespace ThinkRec.Models.Llm;

/// <summary>What a model folder holds, and whether its files belong together, told without loading the weights.</summary>
/// <remarks>Values are not looked at: a weight that is not finite shows when the model is loaded.</remarks>
public sealed partial record ModelInspection
{
    private const int ProblemsInMessage = 3;

    private ModelInspection(string folder, LlamaConfig config, Tokenizer tokenizer)
    {
        (Folder, Config, Tokenizer) = (folder, config, tokenizer);
        Weights = [.. LlamaWeight.All(config)];
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

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

    /// <summary>Bytes of all weights in memory: they are computed in Float32, whatever the file has.</summary>
    public long WeightBytes => Parameters * sizeof(float);

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
    /// <param name="folder">Holds config.json, tokenizer.json and model.safetensors.</param>
    /// <returns>What was found; the caller looks at the problems.</returns>
    /// <exception cref="CheckpointException">A file is missing or damaged; the tokenizer's own exceptions pass.</exception>
    public static ModelInspection Of(string folder)
    {
        var found = new ModelInspection(folder, LlamaConfig.Load(folder), Tokenizer.Load(folder));
        using var file = SafetensorsFile.Open(Path.Combine(folder, LanguageModel.WeightsFile));
        string[] others = [.. file.Keys.Except(found.Weights.Select(weight => weight.Key)).Order(StringComparer.Ordinal)];
        return found with
        {
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

    private static IEnumerable<string> ProblemsOf(LlamaWeight weight, SafetensorsFile file)
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

    private bool IsRedundant(string key) => RotationTable().IsMatch(key) || (Config.TieWordEmbeddings && key == "lm_head.weight");

    [GeneratedRegex(@"^model\.(layers\.\d+\.self_attn\.)?rotary_emb\.inv_freq$")]
    private static partial Regex RotationTable();
}
