using ThinkRec.Data;
using ThinkRec.Models.Llm;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.Text;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Stages;

namespace ThinkRec.Bench.Training;

/// <summary>A model in training: the product's own objective, trunk cache, clipping and optimizer, on made-up rows.</summary>
internal sealed class Trained : IDisposable
{
    private const double LearningRate = 1e-4;
    private readonly ReasoningModel _model;
    private readonly Objective _objective;
    private readonly AdamW _optimizer;
    private readonly Parameter[] _parameters;
    private readonly TrunkCache? _trunk;
    private readonly int _parts;
    private readonly bool _recompute;
    private int _step;

    /// <summary>Loads the model.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="folder">Where it was written.</param>
    /// <param name="first">The lowest layer that trains.</param>
    /// <param name="dropout">Of the adapters.</param>
    /// <param name="parts">Parts of a step.</param>
    /// <param name="recompute">Whether backward computes layers again.</param>
    internal Trained(Shape shape, string folder, int first, double dropout, int parts = 1, bool recompute = false)
    {
        (_parts, _recompute) = (parts, recompute);
        Dataset world = BuiltInWorld.Generate(new BuiltInWorldOptions { NumUsers = 30, NumItems = 100 }).Dataset;
        using var scope = TensorScope.Begin();
        using var file = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        var llama = new LlamaModel(new WeightPath(new FileWeights(file)), shape.Model);
        foreach (Parameter parameter in llama.Parameters())
        {
            parameter.Trainable = false;
        }

        using var adapter = SafetensorsFile.Open(Rows.Adapter(folder));
        using var generator = new Generator(1);
        Adapters.Create(llama, ExpertFusion.Global, Shape.Lora with { Dropout = dropout }, generator);
        foreach (Parameter parameter in Adapters.Parameters(llama, ExpertFusion.Global))
        {
            parameter.Trainable = false;
            adapter.ReadInto(parameter.Key, parameter.Value);
        }

        _parameters = [.. Adapters.Parameters(llama, ExpertFusion.Global, first)];
        Array.ForEach(_parameters, p => p.Trainable = true);
        _model = new ReasoningModel(new LanguageModel(llama, Rows.Tokenizer), new PromptEncoder(world, Rows.Tokenizer, new PromptOptions { Yes = Rows.Yes, No = Rows.No }));
        _objective = new Objective(_model, _model.Prompts, new ObjectiveOptions(), 64);
        _optimizer = new AdamW(_parameters, new AdamOptions());
        _trunk = first == 0 ? null : new TrunkCache(_model, ExpertFusion.Global, first, new StateStore(long.MaxValue, 0, ""));
        _trunk?.Begin();
        llama.SetTrainingFrom(first);
    }

    /// <summary>One optimizer step.</summary>
    /// <param name="rows">Its rows.</param>
    /// <param name="tellLoss">Whether to read the loss.</param>
    /// <returns>The loss before it; null unless it is asked for.</returns>
    internal double? Step(Row[] rows, bool tellLoss)
    {
        using var scope = TensorScope.Begin();
        Engine.ManualSeed(_step++);
        using var blend = AdapterBlend.Single(ExpertFusion.Global);
        PreparedBatch[] parts = Prepared(rows).Parts(_parts);
        StepLoss loss = MicroSteps.Learn(parts.Length, i => _objective.Compute(parts[i], blend, _trunk, _recompute), null);
        GradientClipping.ClipNorm(_parameters, 1);
        _optimizer.Step(LearningRate);
        _optimizer.ZeroGrad();
        return tellLoss ? loss.Loss.ToDouble() : null;
    }

    public void Dispose()
    {
        _trunk?.Dispose();
        _optimizer.Dispose();
        _model.Dispose();
    }

    private static PreparedBatch Prepared(Row[] rows)
    {
        PreparedRow[] prepared = [.. rows.Select(row => new PreparedRow(
            new Example(new UserState(1, []), 1, row.Label, row.HasReason ? "" : null), new EncodedPrompt(row.Prompt, [], []),
            [.. row.Prompt, .. row.Answer[..^1]], row.Answer, []))];
        return new PreparedBatch(prepared, rows.Length, 0, rows.Sum(r => r.Answer.Length));
    }
}
