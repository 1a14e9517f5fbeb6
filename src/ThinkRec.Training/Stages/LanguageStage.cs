using ThinkRec.Data;
using ThinkRec.Models.Llm;
using ThinkRec.Nn;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Stages;

/// <summary>Trains a language model from scratch on text: every token from the ones before it.</summary>
internal sealed class LanguageStage : Stage
{
    private const int HeldOutChunks = 64;
    private readonly LanguageModel _model;
    private readonly int[][] _chunks;
    private readonly int[][] _heldOut;
    private readonly long _seed;
    private int[][] _epoch = [];

    /// <summary>Cuts the texts into chunks.</summary>
    /// <param name="model">The model, borrowed.</param>
    /// <param name="texts">Texts; each ends with the end token.</param>
    /// <param name="chunkLength">Tokens of a training sequence.</param>
    /// <param name="optimization">Learning rate and length.</param>
    /// <param name="seed">Seed.</param>
    internal LanguageStage(LanguageModel model, IEnumerable<string> texts, int chunkLength, OptimizationOptions optimization, long seed)
    {
        _model = model;
        _seed = seed;
        foreach (Parameter parameter in Parameters)
        {
            parameter.Trainable = true;
        }

        Optimization = optimization;
        var tokens = new List<int>();
        foreach (string text in texts)
        {
            model.Tokenizer.Encode(text, tokens);
            tokens.Add(model.Tokenizer.EndId);
        }

        int[][] chunks = [.. tokens.Chunk(chunkLength).Where(c => c.Length == chunkLength)];
        SeededRandom.Stream(seed, "language/held-out").Shuffle(chunks.AsSpan());
        int held = Math.Min(HeldOutChunks, chunks.Length / 10);
        _heldOut = chunks[..held];
        _chunks = chunks[held..];
        if (_chunks.Length == 0)
        {
            throw new TrainingException($"The texts have {tokens.Count} tokens, less than one sequence of {chunkLength}. Give more text or lower chunkLength.");
        }
    }

    public override string Name => "language";

    public override IReadOnlyList<Parameter> Parameters => [.. _model.Model.Parameters()];

    public override OptimizationOptions Optimization { get; }

    public override int StepsPerEpoch => Optimization.StepsPerEpoch > 0 ? Optimization.StepsPerEpoch
        : Math.Max(1, _chunks.Length / Optimization.BatchSize);

    public override void BeginEpoch(int epoch)
    {
        _epoch = [.. _chunks];
        SeededRandom.Stream(_seed, $"language/data/{epoch}").Shuffle(_epoch.AsSpan());
    }

    public override StepLoss Loss(int step)
    {
        int size = Optimization.BatchSize;
        Tensor loss = CrossEntropy([.. Enumerable.Range(step * size, size).Select(i => _epoch[i % _epoch.Length])]);
        return new StepLoss(loss, [("words", loss.Detach())]);
    }

    public override void SetTraining(bool training) => _model.Model.SetTraining(training);

    public override IReadOnlyDictionary<string, double> Validate()
    {
        if (_heldOut.Length == 0)
        {
            return new Dictionary<string, double>();
        }

        using var noGrad = NoGrad.Begin();
        double total = 0;
        foreach (int[][] batch in _heldOut.Chunk(Optimization.BatchSize))
        {
            using var scope = TensorScope.Begin();
            total += CrossEntropy(batch).ToDouble() * batch.Length;
        }

        return new Dictionary<string, double> { ["crossEntropy"] = total / _heldOut.Length };
    }

    public override double Select(IReadOnlyDictionary<string, double> metrics) => -metrics["crossEntropy"];

    private Tensor CrossEntropy(int[][] chunks)
    {
        int length = chunks[0].Length - 1;
        Tensor inputs = Tensor.From([.. chunks.SelectMany(c => c[..^1]).Select(t => (long)t)], chunks.Length, length);
        Tensor targets = Tensor.From([.. chunks.SelectMany(c => c[1..]).Select(t => (long)t)], chunks.Length * length);
        Tensor hidden = _model.Model.Forward(_model.Model.Embed(inputs));
        return Losses.TokenCrossEntropy(_model.Model.Logits(hidden.Reshape(-1, hidden.Size(-1))), targets);
    }
}
