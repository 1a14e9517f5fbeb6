using ThinkRec.Data;
using ThinkRec.Models.Reasoning;
using ThinkRec.Torch;
using ThinkRec.Training.Encoders;

namespace ThinkRec.Training.Tests.Encoders;

[Collection(SeededEngine.Name)]
public sealed class OutOfFoldEncoderTests
{
    private const int Folds = 3;
    private readonly Dataset _dataset = PlantedTaste.Make(users: 12, items: 10, rowsOfUser: 6);

    [Fact]
    public void Every_fold_has_users_and_a_user_has_the_same_in_every_dataset()
    {
        int[] sizes = [.. Enumerable.Range(0, 3000).GroupBy(i => UserFolds.Of($"u{i}", 5)).OrderBy(g => g.Key).Select(g => g.Count())];

        Assert.Equal(5, sizes.Length);
        Assert.All(sizes, size => Assert.InRange(size, 500, 700));
        Assert.Equal([0, 2, 1], new[] { "19", "u1", "ü" }.Select(id => UserFolds.Of(id, 3))); // as SHA-256 of fold/ID elsewhere gives
    }

    [Fact]
    public void Without_a_fold_no_row_of_its_users_is_in_a_split_and_the_rest_is_as_it_was()
    {
        for (int fold = 0; fold < Folds; fold++)
        {
            Dataset others = UserFolds.Without(_dataset, Folds, fold);

            Assert.Equal(_dataset.Interactions.Length, others.Interactions.Length);
            Assert.All(_dataset.Interactions.Zip(others.Interactions), pair => Assert.Equal(
                UserFolds.Of(_dataset.Users[pair.First.User], Folds) == fold ? pair.First with { Split = Split.None } : pair.First, pair.Second));
        }
    }

    [Fact]
    public void Folds_that_are_the_whole_turned_round_answer_as_the_whole()
    {
        using var scope = TensorScope.Begin();
        using OutOfFoldEncoder encoder = Make(fold => Turned(fold, noise: 0));
        UserState[] states = [.. Enumerable.Range(1, 12).Select(user => new UserState(user, [], OutOfFold: user % 4 != 0))];
        int[] items = [.. Enumerable.Range(0, 12).Select(i => 1 + (i * 7 % 10))];

        Assert.Equal(encoder.Whole.UserVectors(states).ToFloats(), encoder.UserVectors(states).ToFloats(), Near);
        Assert.Equal(encoder.Whole.ItemVectors(items).ToFloats(), encoder.ItemVectors(items, states).ToFloats(), Near);
    }

    [Fact]
    public void Users_tell_the_turn_where_items_are_too_much_alike()
    {
        using var scope = TensorScope.Begin();
        using var encoder = new OutOfFoldEncoder(
            _dataset, new Table(0, 0, 0, flatItems: true), [.. Enumerable.Range(0, Folds).Select(fold => new Table(0.7 + fold, 0, 1, flatItems: true))]);
        UserState[] states = [.. Enumerable.Range(1, 12).Select(user => new UserState(user, [], OutOfFold: true))];

        Assert.Equal(encoder.Whole.UserVectors(states).ToFloats(), encoder.UserVectors(states).ToFloats(), Near);
    }

    [Fact]
    public void Dot_products_are_those_of_the_folds_own_encoder()
    {
        using var scope = TensorScope.Begin();
        Table[] folds = [.. Enumerable.Range(0, Folds).Select(fold => Turned(fold, noise: 0.5))];
        using OutOfFoldEncoder encoder = Make(fold => folds[fold]);
        UserState[] states = [.. Enumerable.Range(1, 12).Select(user => new UserState(user, [], OutOfFold: true))];
        int[] items = [.. Enumerable.Range(0, 12).Select(i => 1 + (i * 7 % 10))];

        float[] scores = (encoder.UserVectors(states) * encoder.ItemVectors(items, states)).Sum(-1).ToFloats();
        float[] own = [.. states.Select((state, i) =>
        {
            Table fold = folds[UserFolds.Of(_dataset.Users[state.User], Folds)];
            return (fold.UserVectors([state]) * fold.ItemVectors([items[i]])).Sum().ToSingle();
        })];
        float[] whole = (encoder.Whole.UserVectors(states) * encoder.Whole.ItemVectors(items)).Sum(-1).ToFloats();

        Assert.Equal(own, scores, Near);
        Assert.All(own.Zip(whole), pair => Assert.True(Math.Abs(pair.First - pair.Second) > 1e-3));
    }

    [Fact]
    public void Who_is_no_training_example_gets_the_vectors_of_the_whole_encoder()
    {
        using var scope = TensorScope.Begin();
        using OutOfFoldEncoder encoder = Make(fold => Turned(fold, noise: 0.5));
        UserState[] states = [.. Enumerable.Range(1, 12).Select(user => new UserState(user, []))];

        Assert.Equal(encoder.Whole.UserVectors(states).ToFloats(), encoder.UserVectors(states).ToFloats());
        Assert.Equal(encoder.Whole.ItemVectors([3, 1]).ToFloats(), encoder.ItemVectors([3, 1]).ToFloats());
        Assert.Equal(encoder.Whole.ItemVectors([3, 1]).ToFloats(), encoder.ItemVectors([3, 1], states[..2]).ToFloats());
    }

    private static bool Near(float expected, float actual) => Math.Abs(expected - actual) < 1e-5;

    private OutOfFoldEncoder Make(Func<int, ICollaborativeEncoder> fold) => new(_dataset, new Table(0, 0, 0), [.. Enumerable.Range(0, Folds).Select(fold)]);

    /// <summary>The whole's table, mirrored and turned in the planes of its first and last two numbers, and disturbed.</summary>
    private static Table Turned(int fold, double noise) => new(0.7 + fold, noise, fold + 1);

    /// <summary>Vectors of four numbers drawn from a seed.</summary>
    private sealed class Table(double angle, double noise, long seed, bool flatItems = false) : ICollaborativeEncoder
    {
        public string Name => "table";

        public int HistoryLength => 1;

        public int VectorSize => 4;

        public Tensor UserVectors(IReadOnlyList<UserState> states) => Vectors("user", [.. states.Select(s => s.User)]);

        public Tensor ItemVectors(IReadOnlyList<int> items) => Vectors("item", items);

        public void Dispose()
        {
        }

        private Tensor Vectors(string kind, IReadOnlyList<int> indices) => Tensor.From([.. indices.SelectMany(index => Vector($"{kind}/{index}"))], indices.Count, VectorSize);

        private float[] Vector(string name)
        {
            var random = SeededRandom.Stream(0, name);
            var disturbance = SeededRandom.Stream(seed, name);
            double[] v = [.. Enumerable.Range(0, 4).Select(_ => random.NextGaussian())];
            if (flatItems && name.StartsWith("item", StringComparison.Ordinal))
            {
                (v[2], v[3]) = (0, 0);
            }

            v = [.. v.Select(value => value + (noise * disturbance.NextGaussian()))];
            (double sin, double cos) = Math.SinCos(angle);
            return [(float)((v[0] * cos) - (v[1] * sin)), (float)((v[0] * sin) + (v[1] * cos)), (float)((v[2] * cos) + (v[3] * sin)), (float)((v[2] * sin) - (v[3] * cos))];
        }
    }
}
