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
    internal const string CrossEntropyMetric = "crossEntropy";

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
        int size = Optimization.BatchSize;
        int[][] batch = [.. Enumerable.Range(step * size, size).Select(i => _epoch[i % _epoch.Length])];
        TokensTrained += Tokens(batch);
        int[][] share = Share(batch);
        if (share.Length == 0)
        {
            return StepLoss.Empty();
        }

        Tensor loss = DataParallel.PartOf(CrossEntropy(share), share.Length, batch.Length);
        return new StepLoss(loss, [("words", loss.Detach())], Tokens(share));

        static int Tokens(int[][] sequences) => sequences.Sum(sequence => sequence.Length - 1);
    }

    public override void SetTraining(bool training) => _model.SetTraining(training);

    public override IReadOnlyDictionary<string, double> Validate()
    {
        using var noGrad = NoGrad.Begin();
        double total = 0;
        foreach (int[][] batch in _sequences.HeldOut.Chunk(Optimization.BatchSize))
        {
            using var scope = TensorScope.Begin();
            total += CrossEntropy(batch).ToDouble() * batch.Length;
        }

        return new Dictionary<string, double> { [CrossEntropyMetric] = total / _sequences.HeldOut.Length };
    }

    public override double Select(IReadOnlyDictionary<string, double> metrics) => -metrics[CrossEntropyMetric];

    private Tensor CrossEntropy(int[][] sequences)
    {
        int length = sequences[0].Length - 1;
        Tensor inputs = Tensor.From([.. sequences.SelectMany(c => c[..^1]).Select(t => (long)t)], sequences.Length, length);
        Tensor targets = Tensor.From([.. sequences.SelectMany(c => c[1..]).Select(t => (long)t)], sequences.Length * length);
        Tensor hidden = _model.Forward(_model.Embed(inputs));
        return Losses.TokenCrossEntropy(_model.Logits(hidden.Reshape(-1, hidden.Size(-1))), targets.To(hidden.Device));
    }
}
