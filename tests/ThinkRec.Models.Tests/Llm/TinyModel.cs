using ThinkRec.Models.Llm;
using ThinkRec.Nn;
using ThinkRec.Text;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Llm;

/// <summary>A decoder of three narrow layers with random weights, and a tokenizer trained on a few lines.</summary>
internal static class TinyModel
{
    public static readonly LoraConfig Lora = new() { Rank = 3, Alpha = 6, Dropout = 0, TargetModules = ["q_proj", "v_proj", "down_proj"] };

    private static readonly string[] Films = ["Toy Story", "Heat", "Seven", "Amélie", "The Matrix", "Casablanca"];

    public static Tokenizer Tokenizer { get; } = BpeTrainer.Train(
        from film in Films from verb in new[] { "enjoyed", "rated", "did not like" } select $"A user {verb} {film} (drama); would the user enjoy this movie? Because it is a comedy.",
        new BpeTrainerOptions { VocabularySize = 340, RequiredTokens = [" Yes", " No"] });

    public static LlamaConfig Config { get; } = new()
    {
        VocabSize = Tokenizer.VocabularySize,
        HiddenSize = 32,
        IntermediateSize = 48,
        NumHiddenLayers = 3,
        NumAttentionHeads = 4,
        NumKeyValueHeads = 2,
        MaxPositionEmbeddings = 512,
    };

    public static LanguageModel Create(long seed, LlamaConfig? config = null) => LanguageModel.Create(config ?? Config, Tokenizer, seed);

    /// <summary>Gives an adapter's own weights values that matter.</summary>
    /// <param name="model">Model that has it.</param>
    /// <param name="name">Adapter.</param>
    /// <param name="seed">Seed.</param>
    /// <param name="firstLayer">Layers below stay.</param>
    public static void Randomize(LlamaModel model, string name, long seed, int firstLayer = 0)
    {
        using var noGrad = NoGrad.Begin();
        using var generator = new Generator(seed);
        foreach (Parameter parameter in Adapters.Parameters(model, name, firstLayer))
        {
            parameter.Value.NormalInPlace(0, 0.25, generator);
        }
    }

    public static long[] Ids(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (long)random.Next(4, Config.VocabSize))];

    /// <summary>Hidden states of one row of tokens without any cache.</summary>
    /// <param name="model">Model.</param>
    /// <param name="ids">Tokens.</param>
    /// <param name="context">Adapters.</param>
    /// <returns>[1, T, H], in the current scope.</returns>
    public static Tensor Run(LlamaModel model, long[] ids, DecoderContext context = default) =>
        model.Forward(model.Embed(Tensor.From(ids, 1, ids.Length)), context);
}
