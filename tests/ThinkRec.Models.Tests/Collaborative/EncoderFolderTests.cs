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
    [InlineData("lightgcn")]
    [InlineData("sasrec")]
    [InlineData("sasrec of both kinds")]
    [InlineData("gsasrec")]
    [InlineData("din")]
    [InlineData("sasrec-feedback")]
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
            Assert.Equal(Scores(encoder), Scores(loaded));
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
    public void Sasrec_of_both_kinds_reads_dislikes_like_likes()
    {
        using var scope = TensorScope.Begin();
        using ICollaborativeEncoder encoder = Build("sasrec of both kinds");
        int disliked = 0;
        int liked = Array.FindIndex(_dataset.Interactions, row => row.Label && row.Item == _dataset.Interactions[disliked].Item);

        Assert.Equal(History(encoder, [disliked]), History(encoder, [liked]));
        Assert.Equal(History(encoder, [2, 3, 4, 5]), History(encoder, [0, 1, 2, 3, 4, 5]));
        Assert.NotEqual(History(encoder, [2, 4, 5]), History(encoder, [2, 3, 4, 5]));
    }

    [Theory]
    [InlineData("mf", 3, 8, "i", "7 items")]
    [InlineData("mf", 4, 7, "i", "3 users")]
    [InlineData("mf", 3, 7, "x", "other ids")]
    [InlineData("din", 3, 8, "i", "7 items")]
    [InlineData("din", 4, 7, "i", "3 users")]
    [InlineData("gsasrec", 3, 8, "i", "7 items")]
    [InlineData("sasrec", 3, 8, "i", "7 items")]
    [InlineData("sasrec", 3, 7, "x", "other ids")]
    [InlineData("sasrec-feedback", 3, 8, "i", "7 items")]
    [InlineData("sasrec-feedback", 3, 7, "x", "other ids")]
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

    [Theory]
    [InlineData("sasrec")]
    [InlineData("gsasrec")]
    [InlineData("sasrec-feedback")]
    public void Encoders_without_a_table_of_users_serve_those_who_joined_later(string kind)
    {
        using (ICollaborativeEncoder encoder = Build(kind))
        {
            EncoderFolder.Save(encoder, _dataset, _folder.FullPath);
        }

        using ICollaborativeEncoder loaded = EncoderFolder.Load(_folder.FullPath, TinyData.Make(5, 7));

        Assert.Equal(kind, loaded.Name);
    }

    [Fact]
    public void The_largest_vocabulary_there_can_be_is_saved_and_loaded()
    {
        // Letters that JSON writes as six signs each.
        string[] keywords = [.. Enumerable.Range(0, 8192).Select(i => $"{i:00000}{new string('я', 58)}")];
        Dataset dataset = TinyData.Make(3, 7);
        dataset.ItemTexts[1] = dataset.ItemTexts[2] = new ItemText("", "", keywords);
        using ICollaborativeEncoder encoder = BuildFeedback(dataset);
        EncoderFolder.Save(encoder, dataset, _folder.FullPath);

        using var loaded = (FeedbackSasRecEncoder)EncoderFolder.Load(_folder.FullPath, dataset);

        Assert.Equal(8192, loaded.Words.Vocabulary.Count);
        Assert.Equal(((FeedbackSasRecEncoder)encoder).Words.Vocabulary, loaded.Words.Vocabulary);
    }

    [Theory]
    [InlineData("mf", "\"numItems\": 8", "\"numItems\": 8, \"other\": 1", "other")]
    [InlineData("mf", "\"method\": \"mf\"", "\"method\": \"sasrec\"", "sizes")]
    [InlineData("mf", "\"embeddingSize\": 4", "\"embeddingSize\": 0", "embeddingSize is 0")]
    [InlineData("mf", "\"embeddingSize\": 4", "\"embeddingSize\": 5", "user_embedding.weight")]
    [InlineData("mf", "\"userIds\": \"", "\"userIds\": \"\", \"dataset\": \"", "userIds is empty")]
    [InlineData("gsasrec", "\"outputTable\": true", "\"outputTable\": true, \"numBlocks\": 65", "numBlocks is 65")]
    [InlineData("sasrec", "\"outputTable\": false", "\"outputTable\": true", "output_emb.weight")]
    [InlineData("din", "\"method\": \"din\"", "\"method\": \"mf\"", "sizes of 'Mf'")]
    [InlineData("din", "\"embeddingSize\": 4", "\"embeddingSize\": 5", "user_embedding.weight")]
    [InlineData("din", "\"attentionSizes\": [", "\"attentionSizes\": [ 3,", "attentionSizes is [3, 64, 16]")]
    [InlineData("din", "\"networkSizes\": [", "\"networkSizes\": null, \"attentionSizes\": [", "networkSizes is []")]
    [InlineData("din", "\"dropout\": 0.2", "\"dropout\": 1", "dropout is 1")]
    [InlineData("sasrec-feedback", "\"sasrecFeedback\":", "\"sasrec\":", "itemDropout")]
    [InlineData("sasrec-feedback", "\"method\": \"sasrecFeedback\"", "\"method\": \"mf\"", "sizes of 'Mf'")]
    [InlineData("sasrec-feedback", "\"itemDropout\": 0.3", "\"itemDropout\": 1", "itemDropout is 1, expected")]
    [InlineData("sasrec-feedback", "\"embeddingSize\": 4", "\"embeddingSize\": 2", "embeddingSize is 2, expected at least 4")]
    [InlineData("sasrec-feedback", "\"embeddingSize\": 4", "\"embeddingSize\": 8", "item_emb.weight")]
    [InlineData("sasrec-feedback", "\"words\":", "\"Words\":", "Words")]
    [InlineData("sasrec-feedback", "\"#even\"", "\"even\"", "property.weight")]
    [InlineData("sasrec-feedback", "\"labels\":", "\"meanLabel\": 0.5, \"labels\":", "meanLabel")]
    [InlineData("sasrec-feedback", "\"meanRating\":", "\"other\": 1, \"meanRating\":", "other")]
    [InlineData("sasrec-feedback", "\"#even\"", "\"#odd\"", "words are missing or doubled")]
    [InlineData("sasrec-feedback", "\"#even\"", "null", "words are missing or doubled")]
    [InlineData("sasrec-feedback", "\"#even\"", "\"\"", "words are missing or doubled")]
    [InlineData("sasrec-feedback", "\"#even\"", "\"#even\", \"more\"", "word_emb.weight")]
    public void A_damaged_config_is_refused(string kind, string before, string after, string said)
    {
        long live = TensorCensus.Live;
        using (ICollaborativeEncoder encoder = Build(kind))
        {
            EncoderFolder.Save(encoder, _dataset, _folder.FullPath);
        }

        string config = _folder.File("config.json");
        Assert.Contains(before, File.ReadAllText(config), StringComparison.Ordinal);
        File.WriteAllText(config, File.ReadAllText(config).Replace(before, after, StringComparison.Ordinal));

        var problem = Assert.Throws<CheckpointException>(() => EncoderFolder.Load(_folder.FullPath, _dataset));

        Assert.Contains(said, problem.Message, StringComparison.Ordinal);
        Assert.Equal(live, TensorCensus.Live);
    }

    [Fact]
    public void A_running_variance_below_zero_is_refused()
    {
        long live = TensorCensus.Live;
        using (var encoder = (DinEncoder)Build("din"))
        using (NoGrad.Begin())
        {
            encoder.Model.Parameters().First(p => p.Key == "mlp.1.bn.running_var").Value.FillInPlace(-1);
            EncoderFolder.Save(encoder, _dataset, _folder.FullPath);
        }

        var problem = Assert.Throws<CheckpointException>(() => EncoderFolder.Load(_folder.FullPath, _dataset));

        Assert.Contains("'mlp.1.bn.running_var' holds a variance below 0", problem.Message, StringComparison.Ordinal);
        Assert.Equal(live, TensorCensus.Live);
    }

    [Fact]
    public void Din_scores_strangers_by_the_mean_of_the_trained_and_counts_no_history_as_no_interest()
    {
        using var scope = TensorScope.Begin();
        using var encoder = (DinEncoder)Build("din");

        Assert.Equal(User(encoder, 3), User(encoder, 0));
        Assert.All(User(encoder, 3)[..4], value => Assert.Equal(0, value));
        Assert.Equal(Item(encoder, 2), Item(encoder, 6));
        Assert.Equal(Item(encoder, 1)[..4], Item(encoder, 1)[4..]);
        Assert.Equal(History(encoder, [4, 5, 7, 8]), History(encoder, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
        Assert.NotEqual(History(encoder, [5, 7, 8]), History(encoder, [4, 5, 7, 8]));
        Assert.Equal(Scores(encoder)[1], ((ICollaborativeEncoder)encoder).Score([new UserState(2, [0, 3])], [2]).ToFloats()[0], 1e-6f);
    }

    [Theory]
    [InlineData(null, "labels is missing")]
    [InlineData("null", "labels is missing")]
    [InlineData("{}", "meanLabel")]
    [InlineData("""{"meanLabel":0.5,"meanRating":3}""", "deviation")]
    [InlineData("""{"meanLabel":-0.1,"meanRating":3,"deviation":1}""", "expected a mean label from 0 to 1")]
    [InlineData("""{"meanLabel":1.1,"meanRating":3,"deviation":1}""", "expected a mean label from 0 to 1")]
    [InlineData("""{"meanLabel":1e999,"meanRating":3,"deviation":1}""", "expected a mean label from 0 to 1")]
    [InlineData("""{"meanLabel":0.5,"meanRating":-1e999,"deviation":1}""", "a finite mean rating")]
    [InlineData("""{"meanLabel":0.5,"meanRating":"NaN","deviation":1}""", "config.json:")]
    [InlineData("""{"meanLabel":0.5,"meanRating":3,"deviation":0}""", "a finite deviation above 0")]
    [InlineData("""{"meanLabel":0.5,"meanRating":3,"deviation":-1}""", "a finite deviation above 0")]
    [InlineData("""{"meanLabel":0.5,"meanRating":3,"deviation":1e999}""", "a finite deviation above 0")]
    public void A_scale_of_labels_that_cannot_be_used_is_refused(string? labels, string said)
    {
        SaveWithLabels(labels);

        var problem = Assert.Throws<CheckpointException>(() => EncoderFolder.Load(_folder.FullPath, _dataset));

        Assert.Contains(said, problem.Message, StringComparison.Ordinal);
        Assert.Contains("Train the encoder again", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"meanLabel":0,"meanRating":-1e308,"deviation":1e-300}""")]
    [InlineData("""{"meanLabel":1,"meanRating":1e308,"deviation":1e308}""")]
    public void A_scale_of_labels_that_is_absurd_gives_vectors_all_the_same(string labels)
    {
        SaveWithLabels(labels);
        using var scope = TensorScope.Begin();

        using ICollaborativeEncoder loaded = EncoderFolder.Load(_folder.FullPath, _dataset);

        Assert.All(Vectors(loaded), value => Assert.True(float.IsFinite(value)));
    }

    [Theory]
    [InlineData("wide", "'item_counts' must be Float32 [8, 3] but is Float32 [8, 4]")]
    [InlineData("short", "'item_counts' must be Float32 [8, 3] but is Float32 [7, 3]")]
    [InlineData("whole numbers", "'item_counts' must be Float32 [8, 3] but is Int64 [8, 3]")]
    [InlineData("of a time before ratings counted", "'item_counts' must be Float32 [8, 3] but is Float32 [8, 2]")]
    [InlineData("not a number", "'item_counts'")]
    [InlineData("below zero", "'item_counts' holds a count below 0")]
    [InlineData("missing", "'item_counts'")]
    public void Damaged_statistics_are_refused(string damage, string said)
    {
        long live = TensorCensus.Live;
        using (ICollaborativeEncoder encoder = Build("sasrec-feedback"))
        {
            EncoderFolder.Save(encoder, _dataset, _folder.FullPath);
        }

        Rewrite(damage);

        var problem = Assert.Throws<CheckpointException>(() => EncoderFolder.Load(_folder.FullPath, _dataset));

        Assert.Contains(said, problem.Message, StringComparison.Ordinal);
        Assert.Contains(EncoderFolder.WeightsFile, problem.Message, StringComparison.Ordinal);
        Assert.Equal(live, TensorCensus.Live);
    }

    private static float[] Vectors(ICollaborativeEncoder encoder)
    {
        UserState[] states = [new(1, [0, 1, 2]), new(2, []), new(3, [1, 2, 3, 4, 5, 6, 7, 8]), new(0, [11]), new(2, [3, 4], 5000), new(2, [3, 4], 4)];
        return [.. encoder.UserVectors(states).ToFloats(), .. encoder.ItemVectors([1, 2, 3, 4, 5, 6, 7]).ToFloats()];
    }

    private static float[] Scores(ICollaborativeEncoder encoder) =>
        encoder.Score([new(1, [0, 1, 2]), new(2, []), new(3, [1, 2, 3, 4, 5, 6, 7, 8]), new(0, [11])], [1, 2, 3, 6]).ToFloats();

    private static float[] User(ICollaborativeEncoder encoder, int user) => encoder.UserVectors([new UserState(user, [])]).ToFloats();

    private static float[] Item(ICollaborativeEncoder encoder, int item) => encoder.ItemVectors([item]).ToFloats();

    private static float[] History(ICollaborativeEncoder encoder, int[] rows) => encoder.UserVectors([new UserState(1, rows)]).ToFloats();

    private void SaveWithLabels(string? labels)
    {
        using (ICollaborativeEncoder encoder = Build("sasrec-feedback"))
        {
            EncoderFolder.Save(encoder, _dataset, _folder.FullPath);
        }

        // Cut out and put in as text, because a number that is too large is none to the JSON writer.
        string text = File.ReadAllText(_folder.File("config.json"));
        int start = text.IndexOf("\"labels\": {", StringComparison.Ordinal), end = text.IndexOf('}', start) + 1;
        Assert.True(start > 0, text);
        bool isLast = text[end..].Trim() == "}";
        string rest = isLast || labels != null ? text[end..] : text[(end + 1)..];
        string before = isLast && labels == null ? text[..start].TrimEnd()[..^1] : text[..start];
        File.WriteAllText(_folder.File("config.json"), before + (labels == null ? "" : $"\"labels\": {labels}") + rest);
    }

    /// <summary>Writes the weights again with other statistics, or none.</summary>
    private void Rewrite(string damage)
    {
        const string Counts = "item_counts";
        using var scope = TensorScope.Begin();
        string path = _folder.File(EncoderFolder.WeightsFile);
        List<(string, Tensor)> tensors;
        using (var file = SafetensorsFile.Open(path))
        {
            tensors = [.. file.Keys.Where(key => key != Counts).Select(key => (key, file.Read(key)))];
            Assert.Equal(file.Keys.Count - 1, tensors.Count);
        }

        if (damage != "missing")
        {
            tensors.Add((Counts, damage switch
            {
                "wide" => Tensor.Zeros([8, 4]),
                "short" => Tensor.Zeros([7, 3]),
                "of a time before ratings counted" => Tensor.Zeros([8, 2]),
                "whole numbers" => Tensor.Zeros([8, 3], DType.Int64),
                "below zero" => Tensor.Full([8, 3], -1),
                _ => Tensor.Full([8, 3], double.NaN),
            }));
        }

        SafetensorsWriter.Write(path, tensors);
    }

    private static FeedbackSasRecEncoder BuildFeedback(Dataset dataset)
    {
        using var generator = new Generator(5);
        var words = ItemWords.Collect(dataset.ItemTexts);
        var statistics = ItemStatistics.Fit(dataset);
        var config = new FeedbackSasRecConfig { EmbeddingSize = 4, MaxLength = 4, NumHeads = 2 };
        var properties = new ItemProperties(words, dataset.ItemTexts);
        var model = new FeedbackSasRec(new WeightPath(new FreshWeights(generator)), config, words, properties, TrainedItems);
        return new FeedbackSasRecEncoder(model, words, properties, statistics, dataset, TrainedItems);
    }

    private ICollaborativeEncoder Build(string kind)
    {
        if (kind == "sasrec-feedback")
        {
            return BuildFeedback(_dataset);
        }

        using var generator = new Generator(5);
        var path = new WeightPath(new FreshWeights(generator));
        var config = new SasRecConfig
        {
            EmbeddingSize = 4,
            MaxLength = 4,
            History = kind == "sasrec of both kinds" ? HistoryKind.Dual : HistoryKind.PositiveOnly,
            OutputTable = kind == "gsasrec",
        };
        if (kind == "din")
        {
            return new DinEncoder(new Din(path, new() { EmbeddingSize = 4, MaxLength = 4 }, 4, 8), _dataset, TrainedUsers, TrainedItems);
        }

        return kind is "mf" or "lightgcn"
            ? new TableEncoder(kind == "mf" ? EncoderMethod.Mf : EncoderMethod.Lightgcn, new MatrixFactorization(path, new() { EmbeddingSize = 4 }, 4, 8), _dataset, TrainedUsers, TrainedItems)
            : new SasRecEncoder(kind == "gsasrec" ? EncoderMethod.Gsasrec : EncoderMethod.Sasrec, new SasRec(path, config, 8), _dataset, TrainedItems);
    }
}
