using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Reasoning;

public sealed class ProjectorTests : TensorTest
{
    [Fact]
    public void Begun_from_the_encoder_the_output_moves_along_the_direction_by_the_encoders_score()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(4);
        using var projector = new Projector(new WeightPath(new FreshWeights(generator)), 3, 5);
        using (NoGrad.Begin())
        {
            projector.Parameters().Where(p => !p.Key.StartsWith("straight", StringComparison.Ordinal)).ToList().ForEach(p => p.Value.ZeroInPlace());
        }

        float[] before = projector.Forward(Tensor.From([1f, 2, 3, 0, 0, 0], 1, 6)).ToFloats();
        projector.StartFromEncoder(Tensor.From([1f, -2, 0, 4, 0.5f], 5));
        float[] without = projector.Forward(Tensor.From([1f, 2, 3, 0, 0, 0], 1, 6)).ToFloats();
        float[] with = projector.Forward(Tensor.From([1f, 2, 3, 0.5f, -1, 2.5f], 1, 6)).ToFloats();

        Assert.Equal(before, without);
        Assert.All(with.Zip(without, (a, b) => a - b).Zip([2f, -4, 0, 8, 1]), pair => Assert.Equal(pair.Second, pair.First, 1e-5f));
    }

    [Fact]
    public void The_answer_direction_raises_yes_over_no_and_is_as_long_as_an_embedding()
    {
        using var scope = TensorScope.Begin();
        using ReasoningModel model = TinyWorld.Model();
        using var noGrad = NoGrad.Begin();
        Tensor direction = model.AnswerDirection();
        Tensor table = model.LanguageModel.Model.Embed(Tensor.Arange(model.LanguageModel.Tokenizer.VocabularySize));

        float[] scores = model.Scores(Tensor.Stack(0, direction, direction.Neg()).Unsqueeze(0), Tensor.From([0L, 1], 2)).ToFloats();

        Assert.True(scores[0] > 0 && scores[1] < 0, $"{scores[0]}, {scores[1]}");
        Assert.Equal((table * table).Sum(-1).Mean().Sqrt().ToDouble(), (direction * direction).Sum().Sqrt().ToDouble(), 1e-5);
    }
}
