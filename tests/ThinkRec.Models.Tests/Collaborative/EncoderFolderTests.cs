using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Collaborative;

[Collection(LiveTensors.Name)]
public sealed class EncoderFolderTests : IDisposable
{
    private static readonly bool[] TrainedUsers = [false, true, true, false];
    private static readonly bool[] TrainedItems = [false, true, false, true, true, true, false, true];
    private readonly TemporaryFolder _folder = new();
    private readonly Dataset _dataset = TinyData.Make(3, 7);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("mf")]
    [InlineData("sasrec")]
    [InlineData("sasrec with feedback")]
    public void A_loaded_encoder_gives_the_same_vectors(string kind)
    {
        long live = TensorCensus.Live;
        using (var scope = TensorScope.Begin())
        {
            using ICollaborativeEncoder encoder = Build(kind);
            EncoderFolder.Save(encoder, _dataset, _folder.FullPath);

            using ICollaborativeEncoder loaded = EncoderFolder.Load(_folder.FullPath, _dataset);

            Assert.Equal((encoder.Name, encoder.VectorSize), (loaded.Name, loaded.VectorSize));
            Assert.Equal(Vectors(encoder), Vectors(loaded));
        }

        Assert.Equal(live, TensorCensus.Live);
    }

    [Fact]
    public void Rows_that_were_not_trained_have_the_mean_of_those_that_were()
    {
        using var scope = TensorScope.Begin();
        using ICollaborativeEncoder encoder = Build("mf");

        float[] first = User(encoder, 1), second = User(encoder, 2);
        float[] mean = [.. first.Zip(second, (a, b) => (a + b) / 2)];

        Assert.All(User(encoder, 3).Zip(mean), pair => Assert.Equal(pair.Second, pair.First, 1e-6f));
        Assert.All(User(encoder, 0).Zip(mean), pair => Assert.Equal(pair.Second, pair.First, 1e-6f));
        Assert.NotEqual(first, second);
        Assert.Equal(Item(encoder, 2), Item(encoder, 6));
        Assert.NotEqual(Item(encoder, 1), Item(encoder, 2));
    }

    [Fact]
    public void Sasrec_reads_the_last_likes_only_and_gives_zero_for_none()
    {
        using var scope = TensorScope.Begin();
        using ICollaborativeEncoder encoder = Build("sasrec");

        // Rows 0, 3, 6 and 9 are dislikes; four places are read.
        float[] all = History(encoder, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);

        Assert.Equal(History(encoder, [4, 5, 7, 8]), all);
        Assert.NotEqual(History(encoder, [5, 7, 8]), all);
        Assert.All(History(encoder, [0, 3]), value => Assert.Equal(0, value));
        Assert.All(History(encoder, []), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Sasrec_with_feedback_tells_dislikes_from_likes()
    {
        using var scope = TensorScope.Begin();
        using ICollaborativeEncoder encoder = Build("sasrec with feedback");
        Dataset dataset = _dataset;
        int disliked = 0;
        int liked = Array.FindIndex(dataset.Interactions, row => row.Label && row.Item == dataset.Interactions[disliked].Item);

        Assert.True(liked > 0);
        Assert.NotEqual(History(encoder, [disliked]), History(encoder, [liked]));
    }

    [Theory]
    [InlineData("mf", 3, 8, "i", "7 items")]
    [InlineData("mf", 4, 7, "i", "3 users")]
    [InlineData("mf", 3, 7, "x", "other ids")]
    [InlineData("sasrec", 3, 8, "i", "7 items")]
    [InlineData("sasrec", 3, 7, "x", "other ids")]
    public void An_encoder_of_another_dataset_is_refused(string kind, int users, int items, string prefix, string said)
    {
        using (ICollaborativeEncoder encoder = Build(kind))
        {
            EncoderFolder.Save(encoder, _dataset, _folder.FullPath);
        }

        var problem = Assert.Throws<CheckpointException>(() => EncoderFolder.Load(_folder.FullPath, TinyData.Make(users, items, prefix)));

        Assert.Contains(said, problem.Message, StringComparison.Ordinal);
        Assert.Contains("Train the encoder on this dataset", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sasrec_serves_users_that_joined_later()
    {
        using (ICollaborativeEncoder encoder = Build("sasrec"))
        {
            EncoderFolder.Save(encoder, _dataset, _folder.FullPath);
        }

        using ICollaborativeEncoder loaded = EncoderFolder.Load(_folder.FullPath, TinyData.Make(5, 7));

        Assert.Equal("sasrec", loaded.Name);
    }

    [Theory]
    [InlineData("\"numItems\": 8", "\"numItems\": 8, \"other\": 1", "other")]
    [InlineData("\"method\": \"mf\"", "\"method\": \"sasrec\"", "sizes")]
    [InlineData("\"embeddingSize\": 4", "\"embeddingSize\": 0", "embeddingSize is 0")]
    [InlineData("\"embeddingSize\": 4", "\"embeddingSize\": 5", "user_embedding.weight")]
    public void A_damaged_config_is_refused(string before, string after, string said)
    {
        using (ICollaborativeEncoder encoder = Build("mf"))
        {
            EncoderFolder.Save(encoder, _dataset, _folder.FullPath);
        }

        string config = _folder.File("config.json");
        Assert.Contains(before, File.ReadAllText(config), StringComparison.Ordinal);
        File.WriteAllText(config, File.ReadAllText(config).Replace(before, after, StringComparison.Ordinal));

        var problem = Assert.Throws<CheckpointException>(() => EncoderFolder.Load(_folder.FullPath, _dataset));

        Assert.Contains(said, problem.Message, StringComparison.Ordinal);
    }

    private static float[] Vectors(ICollaborativeEncoder encoder)
    {
        UserState[] states = [new(1, [0, 1, 2]), new(2, []), new(3, [1, 2, 3, 4, 5, 6, 7, 8]), new(0, [11])];
        return [.. encoder.UserVectors(states).ToFloats(), .. encoder.ItemVectors([1, 2, 3, 4, 5, 6, 7]).ToFloats()];
    }

    private static float[] User(ICollaborativeEncoder encoder, int user) => encoder.UserVectors([new UserState(user, [])]).ToFloats();

    private static float[] Item(ICollaborativeEncoder encoder, int item) => encoder.ItemVectors([item]).ToFloats();

    private static float[] History(ICollaborativeEncoder encoder, int[] rows) => encoder.UserVectors([new UserState(1, rows)]).ToFloats();

    private ICollaborativeEncoder Build(string kind)
    {
        using var generator = new Generator(5);
        var path = new WeightPath(new FreshWeights(generator));
        bool withFeedback = kind != "sasrec";
        var config = new SasRecConfig
        {
            EmbeddingSize = 4,
            MaxLength = 4,
            History = withFeedback ? HistoryKind.Dual : HistoryKind.PositiveOnly,
            UseFeedback = withFeedback,
        };
        return kind == "mf"
            ? new MfEncoder(new MatrixFactorization(path, new() { EmbeddingSize = 4 }, 4, 8), TrainedUsers, TrainedItems)
            : new SasRecEncoder(new SasRec(path, config, 8), _dataset, TrainedItems);
    }
}
