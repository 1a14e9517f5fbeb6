using ThinkRec.Data;
using ThinkRec.Models.Llm;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.Text;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Stages;
using ThinkRec.Training.Tests.Encoders;
using ThinkRec.Training.Tests.Pipeline;

namespace ThinkRec.Training.Tests.Loop;

/// <summary>The loss of a batch against the formulas, example by example, from full logits in double precision.</summary>
[Collection(SeededEngine.Name)]
public sealed class ObjectiveTests : IDisposable
{
    private const int MaxReasonTokens = 12;
    private static readonly Dataset World = TinyRun.World;
    private readonly ReasoningModel _model = Model();

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData(0.1, 0.9, 0.9, 0.1, 0, 0, false)]
    [InlineData(0.1, 0.9, 0.9, 0.1, 0, 0, true)]
    [InlineData(0.7, 0.2, 0.4, 0.3, 1.5, 0, false)]
    [InlineData(0, 0, 0, 0, 1, 0, true)]
    [InlineData(0, 0, 0, 0, 0, 1, true)]
    [InlineData(0.3, 0.6, 0.5, 0.2, 0.8, 0.4, true)]
    public void The_loss_is_that_of_the_formulas(double alpha, double beta, double theta, double gamma, double history, double prompt, bool withVectors)
    {
        using var scope = TensorScope.Begin();
        var options = new ObjectiveOptions { Alpha = alpha, Beta = beta, Theta = theta, Gamma = gamma, History = history, Prompt = prompt };
        Example[] examples = Examples();

        StepLoss loss = new Objective(_model, _model.Prompts, options, MaxReasonTokens).Compute(examples, null, withVectors);

        Assert.Equal(Expected(examples, options, withVectors), loss.Loss.ToDouble(), 1e-5);
    }

    [Fact]
    public void Without_the_end_token_the_words_of_a_reason_are_all_that_is_learnt()
    {
        using var scope = TensorScope.Begin();
        Example[] examples = [Examples()[3]]; // a short reason, which is not cut
        var options = new ObjectiveOptions { Alpha = 0, Beta = 1 };
        StepLoss Of(bool endToken) => new Objective(_model, _model.Prompts, options with { EndToken = endToken }, MaxReasonTokens).Compute(examples, null, false);

        StepLoss with = Of(true), without = Of(false);

        Assert.Equal(with.Tokens - 1, without.Tokens);
        Assert.NotEqual(with.Loss.ToDouble(), without.Loss.ToDouble());
    }

    [Fact]
    public void An_example_alone_weighs_what_it_weighs_in_a_batch()
    {
        using var scope = TensorScope.Begin();
        var objective = new Objective(_model, _model.Prompts, new ObjectiveOptions(), MaxReasonTokens);
        Example[] examples = Examples();

        double mean = examples.Average(e => objective.Compute([e], null, false).Loss.ToDouble());

        Assert.Equal(mean, objective.Compute(examples, null, false).Loss.ToDouble(), 1e-5);
    }

    [Theory]
    [InlineData(1, 6)]
    [InlineData(3, 4)]
    public void Parts_of_a_batch_add_up_to_it(int first, int second)
    {
        using var scope = TensorScope.Begin();
        var options = new ObjectiveOptions { Alpha = 0.3, Beta = 0.6, Theta = 0.5, Gamma = 0.2, History = 0.8, Prompt = 0.4 };
        var objective = new Objective(_model, _model.Prompts, options, MaxReasonTokens);
        Example[] examples = Examples(); // the first has no history: the parts' means are of different numbers of items
        Assert.Equal(examples.Length, first + second);

        StepLoss whole = objective.Compute(examples, null, true);
        PreparedBatch batch = objective.Prepare(examples, true);
        StepLoss[] parts = [.. new[] { batch.Rows[..first], batch.Rows[first..] }.Select(rows => objective.Compute(batch with { Rows = rows }, null, null, recompute: false).Loss)];

        Assert.Equal(whole.Loss.ToDouble(), parts.Sum(part => part.Loss.ToDouble()), 1e-5);
        Assert.Equal(whole.Terms.Single(term => term.Name == "history").Value.ToDouble(), parts.Sum(part => part.Terms.Where(term => term.Name == "history").Sum(term => term.Value.ToDouble())), 1e-5);
    }

    [Fact]
    public void The_score_that_is_trained_is_the_score_that_is_served()
    {
        using var scope = TensorScope.Begin();
        Example[] examples = [.. Examples().Where(e => e.Reason is null)];
        var objective = new Objective(_model, _model.Prompts, new ObjectiveOptions { Theta = 1, Gamma = 0 }, MaxReasonTokens);

        double[][] served = new CandidateScorer(_model).Score([.. examples.Select(e => new ScoreRequest(e.State, [e.Item]))], cancellation: TestContext.Current.CancellationToken);

        double expected = examples.Zip(served, (e, s) => BinaryCrossEntropy(s[0], e.Label)).Average();
        Assert.Equal(expected, objective.Compute(examples, null, withVectors: true).Loss.ToDouble(), 1e-5);
    }

    internal static Example[] Examples()
    {
        int[] rows = [.. World.RowsOf(Split.Train).Where((_, i) => i % 100 == 0)];
        var histories = new Histories(World);
        string?[] reasons = [null, "The film shares comedy with films that were enjoyed.", null, "Short.", null, null, "A cold thriller without any laughter."];
        // The first row of all has no history.
        return [.. reasons.Select((reason, i) => new Example(
            new UserState(World.Interactions[rows[i]].User, histories.Before(rows[i], 60, HistoryKind.Dual)), World.Interactions[rows[i]].Item, World.Interactions[rows[i]].Label, reason))];
    }

    internal static ReasoningModel Model()
    {
        Tokenizer tokenizer = BpeTrainer.Train(World.ItemTexts.Skip(1).Select(t => t.Title + " " + t.Description), new BpeTrainerOptions { VocabularySize = 400, RequiredTokens = [" Yes", " No"] });
        var config = new LlamaConfig
        {
            VocabSize = tokenizer.VocabularySize,
            HiddenSize = 32,
            IntermediateSize = 48,
            NumHiddenLayers = 2,
            NumAttentionHeads = 2,
            NumKeyValueHeads = 2,
            MaxPositionEmbeddings = 512,
        };
        using var scope = TensorScope.Begin();
        using var generator = new Generator(4);
        var model = new ReasoningModel(LanguageModel.Create(config, tokenizer, 9), new PromptEncoder(World, tokenizer, TinyRun.Config.Prompt))
        {
            Encoder = new Counting(),
            Projector = new Projector(new WeightPath(new FreshWeights(generator)), 2, 32),
        };
        using var noGrad = NoGrad.Begin();
        foreach (Parameter parameter in model.LanguageModel.Model.Parameters().Concat(model.Projector.Parameters()).Where(p => p.Value.Shape.Length > 1))
        {
            parameter.Value.NormalInPlace(0, 0.2, generator); // far from uniform answers
        }

        model.LanguageModel.Model.SetTraining(false);
        return model;
    }

    private double Expected(Example[] examples, ObjectiveOptions o, bool withVectors)
    {
        double total = 0;
        var history = new List<double>();
        foreach (Example example in examples)
        {
            EncodedPrompt prompt = _model.Prompts.Encode(example.State, example.Item, withVectors);
            int[] answer = Answer(example);
            double[][] logits = Logits([.. prompt.TokenIds, .. answer], prompt.Vectors, example.State);
            int last = prompt.TokenIds.Length - 1;
            double recommend = BinaryCrossEntropy(Score(logits[last]), example.Label);
            double words = answer.Select((token, j) => CrossEntropy(logits[last + j], token)).Average();
            double prompted = prompt.TokenIds.Skip(1).Select((token, j) => token == _model.Prompts.Tokenizer.PlaceholderId ? 0 : CrossEntropy(logits[j], token)).Average();
            total += example.Reason is null ? (o.Theta * recommend) + (o.Gamma * words) : (o.Alpha * recommend) + (o.Beta * words);
            total += o.Prompt * prompted;
            int[] shown = [.. example.State.History.TakeLast(_model.Prompts.Options.HistoryLength)];
            history.AddRange(prompt.MarkPositions.Zip(shown, (at, row) => BinaryCrossEntropy(Score(logits[at]), World.Interactions[row].Label)));
            Assert.Equal(shown.Length, prompt.MarkPositions.Length);
        }

        return (total / examples.Length) + (o.History * history.Average());
    }

    private int[] Answer(Example example)
    {
        int first = example.Label ? _model.Prompts.YesId : _model.Prompts.NoId;
        if (example.Reason is not string reason)
        {
            return [first];
        }

        int[] words = _model.Prompts.Tokenizer.Encode(". " + reason);
        return words.Length > MaxReasonTokens ? [first, .. words[..MaxReasonTokens]] : [first, .. words, _model.Prompts.Tokenizer.EndId];
    }

    private double[][] Logits(int[] ids, PromptVector[] vectors, UserState state)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        LlamaModel llama = _model.LanguageModel.Model;
        Tensor embedded = _model.Embed(new PromptBatch([ids], [vectors], [state], _model.Prompts.Tokenizer.PaddingId));
        float[] all = llama.Logits(llama.Forward(embedded)).ToFloats();
        return [.. all.Chunk(llama.Config.VocabSize).Select(row => Array.ConvertAll(row, v => (double)v))];
    }

    private double Score(double[] logits) => logits[_model.Prompts.YesId] - logits[_model.Prompts.NoId];

    private static double BinaryCrossEntropy(double score, bool label) => -Math.Log(1 / (1 + Math.Exp(label ? -score : score)));

    private static double CrossEntropy(double[] logits, int token)
    {
        double most = logits.Max();
        return most + Math.Log(logits.Sum(v => Math.Exp(v - most))) - logits[token];
    }

    private sealed class Counting : ICollaborativeEncoder
    {
        public string Name => "counting";

        public int VectorSize => 2;

        public int HistoryLength => 0;

        public Tensor UserVectors(IReadOnlyList<UserState> states) => Tensor.From([.. states.SelectMany(s => new[] { s.User / 40f, 1 })], states.Count, 2);

        public Tensor ItemVectors(IReadOnlyList<int> items) => Tensor.From([.. items.SelectMany(i => new[] { -1, i / 100f })], items.Count, 2);

        public void Dispose()
        {
        }
    }
}
