using ThinkRec.Data;
using ThinkRec.Models.Llm;
using ThinkRec.Nn;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Stages;

/// <summary>Trains a language model from scratch on text: every token from the ones before it.</summary>
internal sealed class LanguageStage : Stage
{
    /// <summary>Name of the stage.</summary>
    internal const string StageName = "language";

    /// <summary>The validation metric: mean cross-entropy in nats per token.</summary>
    internal const string CrossEntropyMetric = Selection.CrossEntropy;

    private readonly LlamaModel _model;
    private readonly TokenSequences _sequences;
    private readonly long _seed;
    private int[][] _epoch = [];

    /// <summary>Prepares the stage.</summary>
    /// <param name="model">The model, borrowed; all of it trains.</param>
    /// <param name="sequences">What it learns and is validated on.</param>
    /// <param name="optimization">Learning rate and length.</param>
    /// <param name="seed">Seed of the order.</param>
    internal LanguageStage(LlamaModel model, TokenSequences sequences, OptimizationOptions optimization, long seed)
    {
        _model = model;
        _sequences = sequences;
        _seed = seed;
        Optimization = optimization;
        foreach (Parameter parameter in Parameters)
        {
            parameter.Trainable = true;
        }
    }

    public override string Name => StageName;

    public override IReadOnlyList<Parameter> Parameters => [.. _model.Parameters()];

    public override OptimizationOptions Optimization { get; }

    public override int StepsPerEpoch => Optimization.StepsPerEpoch > 0 ? Optimization.StepsPerEpoch
        : Math.Max(1, _sequences.Training.Length / Optimization.BatchSize);

    /// <summary>Tokens that the model was trained to predict since this object was made, by all processes.</summary>
    internal long TokensTrained { get; private set; }

    public override bool DividesBatches => true;

    public override void BeginEpoch(int epoch)
    {
        _epoch = [.. _sequences.Training];
        SeededRandom.Stream(_seed, $"language/data/{epoch}").Shuffle(_epoch.AsSpan());
    }

    public override StepLoss Loss(int step)
    {
        int[][] batch = Batch(step);
        int[][] share = Share(batch);
        return share.Length == 0 ? StepLoss.Empty() : Part(share, batch, recompute: false).Loss;
    }

    public override StepLoss Learn(int step, Action? beforeLastBackward = null)
    {
        int[][] batch = Batch(step);
        TokensTrained += Tokens(batch);
        int[][] share = Share(batch);
        int[][][] parts = [.. share.Chunk((batch.Length + Optimization.Accumulate - 1) / Optimization.Accumulate)];
        return MicroSteps.Learn(parts.Length, i => Part(parts[i], batch, Optimization.Recompute), beforeLastBackward);
    }

    public override string Describe(int step) =>
        $"sequences {string.Join(", ", Enumerable.Range(step * Optimization.BatchSize, Math.Min(4, Optimization.BatchSize)).Select(i => i % _epoch.Length))} … of the epoch, the first with '{FirstText(step)}'";

    public override void SetTraining(bool training) => _model.SetTraining(training);

    public override IReadOnlyDictionary<string, double> Validate()
    {
        using var noGrad = NoGrad.Begin();
        double total = 0;
        foreach (int[][] batch in _sequences.HeldOut.Chunk(Optimization.BatchSize))
        {
            using var scope = TensorScope.Begin();
            total += CrossEntropy(batch, batch.Length).Loss.ToDouble() * batch.Length;
        }

        return new Dictionary<string, double> { [CrossEntropyMetric] = total / _sequences.HeldOut.Length };
    }

    public override double Select(IReadOnlyDictionary<string, double> metrics) => -metrics[CrossEntropyMetric];

    private string FirstText(int step)
    {
        string text = _sequences.Tokenizer.Decode(_epoch[step * Optimization.BatchSize % _epoch.Length]);
        return text[..Math.Min(text.Length, 40)].ReplaceLineEndings(" ");
    }

    private static int Tokens(int[][] sequences) => sequences.Sum(sequence => sequence.Length - 1);

    private int[][] Batch(int step)
    {
        int size = Optimization.BatchSize;
        return [.. Enumerable.Range(step * size, size).Select(i => _epoch[i % _epoch.Length])];
    }

    private PartLoss Part(int[][] sequences, int[][] step, bool recompute)
    {
        (Tensor loss, RecomputedPass? pass) = CrossEntropy(sequences, step.Length, recompute);
        return new PartLoss(new StepLoss(loss, [("words", loss.Detach())], Tokens(sequences)), pass);
    }

    /// <summary>The mean over the tokens of so many sequences, these among them.</summary>
    private (Tensor Loss, RecomputedPass? Pass) CrossEntropy(int[][] sequences, int of, bool recompute = false)
    {
        int length = sequences[0].Length - 1;
        Tensor inputs = Tensor.From([.. sequences.SelectMany(c => c[..^1]).Select(t => (long)t)], sequences.Length, length);
        Tensor targets = Tensor.From([.. sequences.SelectMany(c => c[1..]).Select(t => (long)t)], sequences.Length * length);
        Tensor embeddings = _model.Embed(inputs);
        RecomputedPass? pass = recompute ? new RecomputedPass(_model, embeddings, default) : null;
        Tensor hidden = pass?.Hidden ?? _model.Forward(embeddings);
        Tensor weights = Tensor.Full([sequences.Length * length], 1.0 / (of * length), DType.Float32, hidden.Device);
        (Tensor total, _) = Losses.HeadCrossEntropy(hidden.Reshape(-1, hidden.Size(-1)), _model.HeadWeight, targets.To(hidden.Device), weights);
        return (total, pass);
    }
}
