using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Collaborative;

[Collection(LiveTensors.Name)]
public sealed class FoldInTests : TensorTest
{
    private const int Size = 3;
    private static readonly bool[] TrainedItems = [false, true, false, true, true, true, true, true];
    private static readonly Dataset Rows = TinyData.Random(seed: 9, users: 3, items: 7, rows: 120);

    [Fact]
    public void A_new_user_gets_the_ridge_solution_of_the_history()
    {
        using var scope = TensorScope.Begin();
        using TableEncoder encoder = Encoder();
        int[][] histories = [[0, 5, 6, 9, 11], [1], [.. Enumerable.Range(20, 60)]];

        float[][] solved = [.. encoder.UserVectors([.. histories.Select(h => new UserState(3, h))]).ToFloats().Chunk(Size)];

        Assert.All(histories.Zip(solved), pair => AssertClose(Ridge(encoder, pair.First), pair.Second));
    }

    [Fact]
    public void Likes_and_dislikes_pull_to_opposite_sides()
    {
        using var scope = TensorScope.Begin();
        using TableEncoder encoder = Encoder();
        int liked = Array.FindIndex(Rows.Interactions, row => row.Label && TrainedItems[row.Item]);
        int item = Rows.Interactions[liked].Item;
        int disliked = Array.FindIndex(Rows.Interactions, row => !row.Label && row.Item == item);

        Assert.True(Score(encoder, [liked], item) > Score(encoder, [], item));
        Assert.True(Score(encoder, [disliked], item) < Score(encoder, [], item));
    }

    [Fact]
    public void Trained_users_and_those_of_whom_nothing_trained_is_known_keep_their_rows()
    {
        using var scope = TensorScope.Begin();
        using TableEncoder encoder = Encoder();
        int untrained = Array.FindIndex(Rows.Interactions, row => row.Item == 2);

        Assert.Equal(Vector(encoder, 1, []), Vector(encoder, 1, [0, 1, 2]));
        Assert.Equal(Vector(encoder, 3, []), Vector(encoder, 3, [untrained]));
        Assert.NotEqual(Vector(encoder, 3, []), Vector(encoder, 3, [0, 1, 2]));
        Assert.Equal(Vector(encoder, 0, []), Vector(encoder, 3, []));
    }

    [Fact]
    public void Where_the_configuration_says_so_a_new_user_keeps_the_mean()
    {
        using var scope = TensorScope.Begin();
        using TableEncoder encoder = Encoder(foldIn: false);

        Assert.Equal(Vector(encoder, 3, []), Vector(encoder, 3, [0, 1, 2]));
    }

    private static float[] Vector(TableEncoder encoder, int user, int[] history) => encoder.UserVectors([new UserState(user, history)]).ToFloats();

    private static float Score(TableEncoder encoder, int[] history, int item) =>
        Vector(encoder, 3, history).Zip(encoder.ItemVectors([item]).ToFloats(), (a, b) => a * b).Sum();

    /// <summary>The same by normal equations in the space of the vectors, solved by elimination: (VᵀV + λI)(u − m) = Vᵀ(t − Vm).</summary>
    private static float[] Ridge(TableEncoder encoder, int[] history)
    {
        float[][] table = [.. encoder.Model.Items.Weight.Value.ToFloats().Chunk(Size)];
        double lambda = 10 * (table.Where((_, i) => TrainedItems[i]).Average(v => v.Sum(x => (double)x * x)) + 1e-8);
        float[] mean = Vector(encoder, 0, []);
        var system = new double[Size, Size + 1];
        foreach (Interaction row in history.Select(r => Rows.Interactions[r]).Where(r => TrainedItems[r.Item]).TakeLast(FoldIn.MaxHistory))
        {
            float[] v = table[row.Item];
            double residual = (row.Label ? 2 : -2) - v.Zip(mean, (a, b) => (double)a * b).Sum();
            for (int i = 0; i < Size; i++)
            {
                system[i, Size] += v[i] * residual;
                for (int j = 0; j < Size; j++)
                {
                    system[i, j] += (double)v[i] * v[j];
                }
            }
        }

        for (int i = 0; i < Size; i++)
        {
            system[i, i] += lambda;
        }

        for (int i = 0; i < Size; i++)
        {
            for (int k = 0; k < Size; k++)
            {
                double factor = k == i ? 0 : system[k, i] / system[i, i];
                for (int j = 0; j <= Size; j++)
                {
                    system[k, j] -= factor * system[i, j];
                }
            }
        }

        return [.. mean.Select((m, i) => (float)(m + (system[i, Size] / system[i, i])))];
    }

    private static TableEncoder Encoder(bool foldIn = true)
    {
        using var generator = new Generator(6);
        var config = new MatrixFactorizationConfig { EmbeddingSize = Size, InitDeviation = 0.7, FoldIn = foldIn };
        return new TableEncoder(
            EncoderMethod.Mf, new MatrixFactorization(new WeightPath(new FreshWeights(generator)), config, 4, 8), Rows, [false, true, true, false], TrainedItems);
    }

    private static void AssertClose(float[] expected, float[] actual) =>
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
}
