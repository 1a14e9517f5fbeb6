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

    [Theory]
    [InlineData(ProjectorShape.Full, "inner.weight 30x6,inner.bias 30,outer.weight 10x30,outer.bias 10,straight.weight 10x6")]
    [InlineData(ProjectorShape.Mlp, "inner.weight 30x3,inner.bias 30,outer.weight 10x30,outer.bias 10")]
    [InlineData(ProjectorShape.Linear, "straight.weight 10x3")]
    public void A_shape_has_its_layers_and_gives_the_tokens_asked_for(ProjectorShape shape, string weights)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(4);
        using var projector = new Projector(new WeightPath(new FreshWeights(generator)), 3, 5, shape, tokens: 2);
        Tensor vectors = Tensor.From([1f, 2, 3, 0.5f, -1, 2.5f, 1, 2, 3, 7, 8, 9], 2, 6); // one vector beside two users

        projector.StartFromEncoder(Tensor.From([1f, -2, 0, 4, 0.5f], 5));
        Tensor projected = projector.Forward(vectors);

        Assert.Equal(weights, string.Join(",", projector.Parameters().Select(p => $"{p.Key} {string.Join("x", p.Value.Shape.ToArray())}")));
        Assert.Equal([2, 10], projected.Shape.ToArray());
        Assert.Equal(shape == ProjectorShape.Full, !projected.Select(0, 0).ToFloats().SequenceEqual(projected.Select(0, 1).ToFloats()));
    }

    [Fact]
    public void The_papers_layers_are_two_with_a_relu_between()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(4);
        using var projector = new Projector(new WeightPath(new FreshWeights(generator)), 2, 3, ProjectorShape.Mlp);
        Dictionary<string, float[]> w = projector.Parameters().ToDictionary(p => p.Key, p => p.Value.ToFloats());
        float[] vector = [0.7f, -1.2f];

        double[] inner = [.. Enumerable.Range(0, 20).Select(i => Math.Max(0, w["inner.bias"][i] + (w["inner.weight"][2 * i] * vector[0]) + (w["inner.weight"][(2 * i) + 1] * vector[1])))];
        double[] expected = [.. Enumerable.Range(0, 3).Select(o => w["outer.bias"][o] + inner.Select((value, i) => w["outer.weight"][(20 * o) + i] * value).Sum())];

        Assert.All(projector.Forward(Tensor.From([.. vector, 5, 5], 1, 4)).ToFloats().Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-5));
        Assert.All(w["inner.weight"], value => Assert.InRange(Math.Abs(value), 0, 1 / Math.Sqrt(2)));
    }

    [Fact]
    public void Constant_vectors_through_a_matrix_are_its_columns()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(4);
        using var encoder = new ConstantEncoder();
        using var projector = new Projector(new WeightPath(new FreshWeights(generator)), encoder.VectorSize, 3, ProjectorShape.Linear);
        float[] matrix = projector.Parameters().Single().Value.ToFloats(); // [3, 2]

        Tensor users = encoder.UserVectors([TinyWorld.State(1), TinyWorld.State(4)]), items = encoder.ItemVectors([5, 6]);

        Assert.Equal([matrix[0], matrix[2], matrix[4], matrix[0], matrix[2], matrix[4]], projector.Forward(Tensor.Cat(1, users, users)).ToFloats());
        Assert.Equal([matrix[1], matrix[3], matrix[5], matrix[1], matrix[3], matrix[5]], projector.Forward(Tensor.Cat(1, items, users * items)).ToFloats());
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
