using ThinkRec.Models.Llm;
using ThinkRec.Nn;
using ThinkRec.Text;
using ThinkRec.Torch;

namespace ThinkRec.Models.Reasoning;

/// <summary>What a score is.</summary>
public enum ScoreRule
{
    /// <summary>Logit of Yes minus logit of No: the two-way log-odds.</summary>
    YesMinusNo,

    /// <summary>Logit of Yes alone, as in the authors' code.</summary>
    Yes,
}

/// <summary>The language model with its prompt, its projector and the experts' gate; everything that turns a user and an item into a score.</summary>
public sealed class ReasoningModel : IDisposable
{
    private readonly Tensor _answerIds;
    private readonly bool _ownsEncoder;
    private readonly RowVectors? _rowVectors;

    /// <summary>Joins the parts, which this object then owns.</summary>
    /// <param name="languageModel">Decoder and tokenizer.</param>
    /// <param name="prompts">Prompt encoder.</param>
    /// <param name="ownsEncoder">Whether the collaborative encoder is disposed with this object.</param>
    public ReasoningModel(LanguageModel languageModel, PromptEncoder prompts, bool ownsEncoder = true)
    {
        _ownsEncoder = ownsEncoder;
        LanguageModel = languageModel;
        Prompts = prompts;
        using var scope = TensorScope.Begin();
        _answerIds = Tensor.From([(long)prompts.YesId, prompts.NoId], 2).To(Device).Own();
    }

    /// <summary>Decoder and tokenizer.</summary>
    public LanguageModel LanguageModel { get; }

    /// <summary>Prompt encoder.</summary>
    public PromptEncoder Prompts { get; }

    /// <summary>Collaborative vectors; null for text only.</summary>
    public ICollaborativeEncoder? Encoder
    {
        get;
        init
        {
            field = value;
            _rowVectors = value is null ? null : new RowVectors(value, Prompts);
        }
    }

    /// <summary>Maps the vectors into the prompt; null for text only.</summary>
    public Projector? Projector { get; set; }

    /// <summary>Chooses experts; null when there are none.</summary>
    public ExpertGate? Gate { get; set; }

    /// <summary>By whose vectors the gate chooses; null for those of <see cref="Encoder"/>.</summary>
    public ICollaborativeEncoder? GateEncoder { get; set; }

    /// <summary>How experts are joined.</summary>
    public FusionRule Fusion { get; set; }

    /// <summary>What a score is.</summary>
    public ScoreRule ScoreRule { get; init; }

    /// <summary>When set, this adapter serves every row and the gate is not asked.</summary>
    public string? ServingAdapter { get; set; }

    /// <summary>alpha / rank of the adapters.</summary>
    public double AdapterScaling { get; init; } = 2;

    /// <summary>Whether prompts carry vectors.</summary>
    public bool UsesVectors => !TextOnly && Projector != null && Encoder != null;

    /// <summary>When true, prompts carry no vectors even though there is a projector.</summary>
    public bool TextOnly { get; set; }

    /// <summary>Where the model lies.</summary>
    public Device Device => LanguageModel.Model.HeadWeight.Device;

    /// <summary>The users' collaborative vectors, where the gate or the prompts need them.</summary>
    /// <param name="states">One user for each row.</param>
    /// <returns>[B, d]; null when nothing needs them.</returns>
    public Tensor? UserVectors(IReadOnlyList<UserState> states) => UsesVectors || (AsksGate && GateEncoder is null) ? VectorsOf(states) : null;

    /// <summary>Embeds a batch and puts the projected vectors into their places.</summary>
    /// <param name="batch">The prompts.</param>
    /// <param name="users">From <see cref="UserVectors"/>, borrowed; null to ask for them here.</param>
    /// <returns>[B, T, H].</returns>
    public Tensor Embed(PromptBatch batch, Tensor? users = null)
    {
        using var scope = TensorScope.Begin();
        Tensor ids = Tensor.From(batch.Ids, batch.Shape.Rows, batch.Shape.Columns).To(Device);
        Tensor embeddings = LanguageModel.Model.Embed(ids); // [B, T, H]
        if (batch.Places.Count == 0)
        {
            return scope.Return(embeddings);
        }

        long hidden = embeddings.Size(-1);
        var (flat, vectors) = CollectVectors(batch, users ?? VectorsOf(batch.States));
        Tensor projected = Projector!.Forward(vectors).To(embeddings.DType);
        int count = batch.Places[0].Vector.Count;
        if (count > 1)
        {
            flat = (flat.Unsqueeze(1) + Tensor.Arange(count).To(Device)).Reshape(-1); // [n · count]
            projected = projected.Reshape(-1, hidden);
        }

        Tensor joined = IndexCopy.Call(embeddings.Reshape(-1, hidden), 0, flat, projected);
        return scope.Return(joined.Reshape(batch.Shape.Rows, batch.Shape.Columns, hidden));
    }

    /// <summary>Scores at given positions: how strongly the next token says Yes.</summary>
    /// <param name="hiddenStates">[B, T, H], borrowed.</param>
    /// <param name="flatPositions">Int64 [N], row · T + position, borrowed.</param>
    /// <returns>[N], Float32.</returns>
    public Tensor Scores(Tensor hiddenStates, Tensor flatPositions)
    {
        using var scope = TensorScope.Begin();
        Tensor chosen = hiddenStates.Reshape(-1, hiddenStates.Size(-1)).IndexSelect(0, flatPositions.To(Device));
        Tensor logits = LanguageModel.Model.Logits(chosen, _answerIds); // [N, 2]
        Tensor yes = logits.Select(1, 0);
        return scope.Return(ScoreRule == ScoreRule.Yes ? yes : yes - logits.Select(1, 1));
    }

    /// <summary>The direction in which the output head tells Yes from No, as long as a token's embedding is on average.</summary>
    /// <returns>[H].</returns>
    public Tensor AnswerDirection()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        Tensor rows = LanguageModel.Model.HeadWeight.IndexSelect(0, _answerIds).To(DType.Float32);
        Tensor difference = rows.Select(0, 0) - rows.Select(0, 1);
        Tensor embeddings = LanguageModel.Model.Embed(Tensor.Arange(LanguageModel.Tokenizer.VocabularySize).To(Device)).To(DType.Float32); // [V, H]
        Tensor length = (embeddings * embeddings).Sum(-1).Mean().Sqrt();
        return scope.Return(difference * (length / (difference * difference).Sum().Sqrt()));
    }

    /// <summary>Which experts serve which row.</summary>
    /// <param name="states">One user for each row.</param>
    /// <param name="users">[B, d], from <see cref="UserVectors"/>, borrowed; null to ask for them here.</param>
    /// <returns>The decisions; null when there is no gate.</returns>
    public GateDecision[]? Decide(IReadOnlyList<UserState> states, Tensor? users = null)
    {
        if (!AsksGate)
        {
            return null;
        }

        using var scope = TensorScope.Begin();
        ICollaborativeEncoder encoder = GateEncoder ?? Encoder!;
        Tensor vectors = GateEncoder is null && users != null ? users : encoder.UserVectors(states);
        return [.. vectors.ToFloats().Chunk(encoder.VectorSize).Select(vector => Gate!.Decide(vector))];
    }

    /// <summary>The blend of adapters that serves rows.</summary>
    /// <param name="decisions">From <see cref="Decide"/>; null for the global adapter (or none, when there is none).</param>
    /// <returns>The blend, to be disposed; null for the base model.</returns>
    public AdapterBlend? Blend(IReadOnlyList<GateDecision>? decisions)
    {
        if (decisions != null)
        {
            return ExpertFusion.Blend(decisions, Fusion, AdapterScaling, Device);
        }

        if (ServingAdapter is string name)
        {
            return AdapterBlend.Single(name);
        }

        bool adapted = LanguageModel.Model.Projections.Any(p => p.Linear.Adapters.ContainsKey(ExpertFusion.Global));
        return adapted ? AdapterBlend.Single(ExpertFusion.Global) : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _answerIds.Dispose();
        Projector?.Dispose();
        if (_ownsEncoder)
        {
            Encoder?.Dispose();
            GateEncoder?.Dispose();
        }

        LanguageModel.Dispose();
    }

    private bool AsksGate => ServingAdapter is null && Gate != null;

    private Tensor VectorsOf(IReadOnlyList<UserState> states) => states.All(state => state.Row.HasValue)
        ? _rowVectors!.Of([.. states.Select(state => state.Row!.Value)])
        : Encoder!.UserVectors(states);

    private static readonly Op IndexCopy = new("aten::index_copy");

    /// <summary>
    /// What each place gets before projection: a user's vector beside zeros; an item's vector beside its elementwise product with the user's,
    /// whose sum is the encoder's own score, so that the projector need not learn to multiply. An item of the history meets the user as of its own row,
    /// so that what came of it is not yet in the vectors.
    /// </summary>
    private (Tensor Flat, Tensor Vectors) CollectVectors(PromptBatch batch, Tensor states)
    {
        using var scope = TensorScope.Begin();
        var users = batch.Places.Where(p => p.Vector.Kind == VectorKind.User).ToArray();
        var targets = batch.Places.Where(p => p.Vector is { Kind: VectorKind.Item, Row: null }).ToArray();
        var past = batch.Places.Where(p => p.Vector is { Kind: VectorKind.Item, Row: not null }).ToArray();
        var parts = new List<Tensor>();
        if (users.Length > 0)
        {
            Tensor own = states.IndexSelect(0, Rows(users));
            parts.Add(Tensor.Cat(1, own, Tensor.Zeros(own.Shape.ToArray(), device: own.Device)));
        }

        if (targets.Length > 0)
        {
            parts.Add(Beside(Items(targets, [.. targets.Select(p => batch.States[p.Row])]), states.IndexSelect(0, Rows(targets))));
        }

        if (past.Length > 0)
        {
            UserState[] then = [.. past.Select(p => Prompts.StateBefore(p.Vector.Row!.Value, 0))];
            Tensor met = _rowVectors!.Of([.. past.Select(p => p.Vector.Row!.Value)]).To(states.Device);
            parts.Add(Beside(Items(past, then), met));
        }

        long[] flat = [.. users.Concat(targets).Concat(past).Select(p => p.Flat)];
        return (scope.Return(Tensor.From(flat, flat.Length).To(Device)), scope.Return(Tensor.Cat(0, [.. parts]).To(Device)));

        Tensor Rows((long Flat, int Row, PromptVector Vector)[] places) =>
            Tensor.From([.. places.Select(p => (long)p.Row)], places.Length).To(states.Device);

        Tensor Items((long Flat, int Row, PromptVector Vector)[] places, UserState[] beside) =>
            Encoder!.ItemVectors([.. places.Select(p => p.Vector.Index)], beside);

        static Tensor Beside(Tensor items, Tensor users) => Tensor.Cat(1, items, items * users);
    }
}
