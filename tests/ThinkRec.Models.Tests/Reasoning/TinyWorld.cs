using ThinkRec.Data;
using ThinkRec.Models.Llm;
using ThinkRec.Models.Reasoning;
using ThinkRec.Models.Tests.Llm;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Reasoning;

/// <summary>Four users, six films and a scorer with random weights.</summary>
internal static class TinyWorld
{
    public const int VectorSize = 4;

    private static readonly (string Title, string Keywords)[] Films =
    [
        ("Toy Story", "animation, comedy"), ("Heat", "crime"), ("Seven", "crime, thriller"), ("Casablanca", "romance"), ("", ""), ("Amélie", "romance, comedy"),
    ];

    /// <summary>User 1 has history rows 0 to 4, user 2 rows 5 and 6, user 3 row 7, user 4 none.</summary>
    /// <param name="titles">Titles instead of the films' own.</param>
    /// <returns>The dataset.</returns>
    public static Dataset Data(params string[] titles)
    {
        (int User, int Item, bool Label)[] rows =
            [(1, 1, true), (1, 2, false), (1, 3, true), (1, 4, false), (1, 5, true), (2, 2, false), (2, 3, false), (3, 6, true)];
        return new Dataset
        {
            Card = new DatasetCard { Name = "tiny", ItemNoun = "movie", ItemNounPlural = "movies", Source = "made up", Created = "by hand" },
            Users = new IdMap(["u1", "u2", "u3", "u4"]),
            Items = new IdMap(Enumerable.Range(1, Films.Length).Select(i => $"i{i}")),
            ItemTexts = [ItemText.Empty, .. Films.Select((f, i) => new ItemText(i < titles.Length ? titles[i] : f.Title, $"About {f.Title}.", [.. f.Keywords.Split(", ", StringSplitOptions.RemoveEmptyEntries)]))],
            Interactions = [.. rows.Select((r, i) => new Interaction(r.User, r.Item, r.Label ? 5 : 1, r.Label, i, Split.Train))],
        };
    }

    public static UserState State(int user) => new(user, user switch { 1 => [0, 1, 2, 3, 4], 2 => [5, 6], 3 => [7], _ => [] });

    public static PromptEncoder Prompts(PromptOptions? options = null, params string[] titles) =>
        new(Data(titles), TinyModel.Tokenizer, options ?? new PromptOptions());

    /// <summary>A whole scorer; with experts, user 1 is served by one expert, 2 and 4 by several, 3 by the global adapter.</summary>
    /// <param name="vectors">Whether prompts carry vectors.</param>
    /// <param name="experts">Whether there are a global adapter, experts and a gate.</param>
    /// <returns>The model; dispose it.</returns>
    public static ReasoningModel Model(bool vectors = true, bool experts = true)
    {
        using var generator = new Generator(21);
        LanguageModel language = TinyModel.Create(20);
        if (experts)
        {
            AddExperts(language.Model, groups: 2, firstLayer: 1);
        }

        var model = new ReasoningModel(language, Prompts())
        {
            Encoder = new FixedEncoder(),
            Projector = vectors ? new Projector(new WeightPath(new FreshWeights(generator)), VectorSize, TinyModel.Config.HiddenSize) : null,
            Gate = experts ? new ExpertGate([[1, 0, 0, 0], [0, 1, 0, 0]]) : null,
            AdapterScaling = TinyModel.Lora.Scaling,
        };
        using var noGrad = NoGrad.Begin();
        foreach (Parameter parameter in model.Projector?.Parameters() ?? [])
        {
            parameter.Value.NormalInPlace(0, 0.3, generator); // so that a vector matters
        }

        return model;
    }

    public static void AddExperts(LlamaModel model, int groups, int firstLayer)
    {
        using var generator = new Generator(31);
        Adapters.Create(model, ExpertFusion.Global, TinyModel.Lora, generator);
        TinyModel.Randomize(model, ExpertFusion.Global, 32);
        for (int k = 0; k < groups; k++)
        {
            Adapters.Fork(model, ExpertFusion.Global, ExpertFusion.Expert(k), TinyModel.Lora, firstLayer);
            TinyModel.Randomize(model, ExpertFusion.Expert(k), 40 + k, firstLayer);
        }
    }
}

/// <summary>An encoder that looks vectors up in fixed tables.</summary>
internal sealed class FixedEncoder : ICollaborativeEncoder
{
    private static readonly float[][] Users = [[0, 0, 0, 0], [1, 0.1f, 0.2f, -0.3f], [1, 0.9f, 0.5f, 0], [0.5f, 0.5f, -1, 1], [0.8f, 0.9f, 0, 0.4f]];

    public string Name => "fixed";

    public int VectorSize => TinyWorld.VectorSize;

    public int HistoryLength => 0;

    public static float[] UserVector(int user) => Users[user];

    public static float[] ItemVector(int item) => [item, 1f / (item + 1), -item * 0.5f, 1];

    public Tensor UserVectors(IReadOnlyList<UserState> states) =>
        Tensor.From([.. states.SelectMany(s => UserVector(s.User))], states.Count, VectorSize);

    public Tensor ItemVectors(IReadOnlyList<int> items) => Tensor.From([.. items.SelectMany(ItemVector)], items.Count, VectorSize);

    public void Dispose()
    {
    }
}
