using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Stages;
using ThinkRec.Training.Tests.Encoders;

namespace ThinkRec.Training.Tests.Loop;

/// <summary>A step in parts, or with layers computed again, is the same step.</summary>
[Collection(SeededEngine.Name)]
public sealed class MicroStepTests : IDisposable
{
    private static readonly ObjectiveOptions Options = new() { Alpha = 0.3, Beta = 0.6, Theta = 0.5, Gamma = 0.2, History = 0.8, Prompt = 0.4 };
    private readonly ReasoningModel _model = ObjectiveTests.Model();

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(7, false)]
    [InlineData(1, true)]
    [InlineData(3, true)]
    public void Parts_add_up_to_the_step(int parts, bool recompute)
    {
        using var scope = TensorScope.Begin();
        (double[] expected, float[] whole) = Learn(1, recompute: false);

        (double[] terms, float[] gradients) = Learn(parts, recompute);

        Assert.Equal(expected, terms, (a, b) => Math.Abs(a - b) < 1e-5);
        double size = whole.Max(Math.Abs);
        Assert.Equal(whole, gradients, (a, b) => Math.Abs(a - b) < 1e-5 * size);
        Assert.Contains(whole, v => v != 0);
    }

    [Fact]
    public void A_step_has_at_most_as_many_parts_as_rows()
    {
        var objective = new Objective(_model, _model.Prompts, Options, 12);
        PreparedBatch step = objective.Prepare(ObjectiveTests.Examples()[..3], withVectors: false);

        Assert.Equal([1, 1, 1], step.Parts(5).Select(p => p.Rows.Length));
        Assert.Equal([2, 1], step.Parts(2).Select(p => p.Rows.Length));
        Assert.Equal(1, step.Parts(2).Sum(p => p.Share), 1e-12);
    }

    private (double[] Terms, float[] Gradients) Learn(int count, bool recompute)
    {
        using var scope = TensorScope.Begin();
        var objective = new Objective(_model, _model.Prompts, Options, 12);
        PreparedBatch[] parts = objective.Prepare(ObjectiveTests.Examples(), withVectors: true).Parts(count);
        StepLoss loss = MicroSteps.Learn(parts.Length, i => objective.Compute(parts[i], null, null, recompute), null);
        Parameter[] trained = [.. _model.LanguageModel.Model.Parameters().Concat(_model.Projector!.Parameters())];
        float[] gradients = [.. trained.SelectMany(p => p.Value.Grad()!.ToFloats())];
        Array.ForEach(trained, p => p.Value.SetGrad(null));
        return ([loss.Loss.ToDouble(), .. loss.Terms.Select(t => t.Value.ToDouble()), loss.Tokens], gradients);
    }
}
