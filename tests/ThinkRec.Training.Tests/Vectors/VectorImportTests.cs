using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.TestKit;
using ThinkRec.Torch;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Encoders;
using ThinkRec.Training.Evaluation;
using ThinkRec.Training.Runs;
using ThinkRec.Training.Tests.Encoders;
using ThinkRec.Training.Vectors;

namespace ThinkRec.Training.Tests.Vectors;

/// <summary>Vectors out of an encoder, and back as one.</summary>
[Collection(SeededEngine.Name)]
public sealed class VectorImportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dataset _dataset = PlantedTaste.Make(users: 8, items: 6, rowsOfUser: 20);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_imported_run_scores_as_the_encoder_did_that_its_vectors_were_exported_from()
    {
        int[] rows = _dataset.RowsOf(Split.Test);
        using TableEncoder encoder = Random([true, true]);
        VectorWriter.Write(_folder.File("out"), "planted", VectorExport.Users(encoder, _dataset, Split.Test), VectorExport.Items(encoder, _dataset), [VectorFormat.Recbole, VectorFormat.Gensim]);

        (VectorCoverage users, VectorCoverage items) = Import(_folder.File("out/planted.useremb"), _folder.File("out/items.word2vec.txt"));
        var run = RunDirectory.Open(_folder.File("run"), _dataset);

        Assert.Equal((new VectorCoverage(8, 0, 0), new VectorCoverage(6, 0, 0)), (users, items));
        Assert.Equal(Methods.Imported, run.Card.Method);
        Assert.Equal(EncoderScorer.Score(encoder, _dataset, rows), RunEvaluation.Score(run, _dataset, rows, cancellation: TestContext.Current.CancellationToken).Select(row => row.Score));
    }

    [Fact]
    public void What_has_no_vector_gets_the_mean_and_what_is_not_in_the_dataset_is_left_out()
    {
        (VectorCoverage users, VectorCoverage items) = Import(
            File("users.txt", "uid:token\tuser_emb:float_seq\nstranger\t9 9\nu2\t1 2\nu5\t3 6\n"), File("items.txt", "1 2\ni3 0.5 1\n"));
        using ICollaborativeEncoder encoder = EncoderFolder.Load(_folder.File("run/encoder"), _dataset);
        using var scope = TensorScope.Begin();

        Assert.Equal((new VectorCoverage(2, 6, 1), new VectorCoverage(1, 5, 0)), (users, items));
        // A history changes nothing: the scale of foreign scores is not known.
        Assert.Equal([1, 2, 3, 6, 2, 4, 2, 4], encoder.UserVectors([new(2, []), new(5, []), new(1, [0, 1, 2]), new(0, [])]).ToFloats());
        Assert.Equal([0.5f, 1, 0.5f, 1], encoder.ItemVectors([3, 1]).ToFloats());
    }

    [Theory]
    [InlineData("1 3\nu1 1 2 3\n", "1 2\ni1 1 2\n", "vectors of users have 3 numbers and those of items 2")]
    [InlineData("1 2\ni1 1 2\n", "1 2\nu1 1 2\n", "none of its 1 ids is among the users of dataset 'planted'; the file begins with 'i1', the dataset with 'u1'; were --users and --items exchanged?")]
    [InlineData("1 2\nu1 1 2\n", "1 2\ni99 1 2\n", "none of its 1 ids is among the items")]
    [InlineData("1 2\nu1 1 NaN\n", "1 2\ni1 1 2\n", "users.txt:2: number 2 of id 'u1' is NaN")]
    public void What_cannot_be_used_leaves_no_run(string users, string items, string said)
    {
        File("users.txt", users);
        File("items.txt", items);

        Exception problem = Assert.ThrowsAny<Exception>(() => Import(_folder.File("users.txt"), _folder.File("items.txt")));

        Assert.True(problem is ConfigurationException or DataFormatException);
        Assert.Contains(said, problem.Message, StringComparison.Ordinal);
        Assert.Equal(["items.txt", "users.txt"], Directory.GetFileSystemEntries(_folder.FullPath).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Users_are_exported_as_they_were_at_the_end_of_a_split()
    {
        using TableEncoder encoder = Random([false, true]); // nobody trained: everybody is folded in
        var histories = new Histories(_dataset);
        using var scope = TensorScope.Begin();
        int user = 3;
        int[] all = histories.Latest(user, 50, HistoryKind.Dual);

        foreach (Split split in new[] { Split.Train, Split.Valid, Split.Test })
        {
            float[] expected = encoder.UserVectors([new UserState(user, [.. all.Where(row => _dataset.Interactions[row].Split <= split)])]).ToFloats();
            Assert.Equal(expected, VectorExport.Users(encoder, _dataset, split).Of(user - 1).ToArray());
        }

        Assert.NotEqual(VectorExport.Users(encoder, _dataset, Split.Train).Values, VectorExport.Users(encoder, _dataset, Split.Test).Values);
    }

    private string File(string name, string text)
    {
        System.IO.File.WriteAllText(_folder.File(name), text);
        return _folder.File(name);
    }

    private (VectorCoverage Users, VectorCoverage Items) Import(string users, string items) =>
        VectorImport.Run(new VectorImportConfig { Users = users, Items = items }, _dataset, _folder.File("run"));

    private TableEncoder Random(bool[] trained)
    {
        using var generator = new Generator(5);
        var model = new MatrixFactorization(new WeightPath(new FreshWeights(generator)), new() { EmbeddingSize = 4, InitDeviation = 1 }, _dataset.Users.Count, _dataset.Items.Count);
        return new TableEncoder(
            EncoderMethod.Mf, model, _dataset, [.. Enumerable.Repeat(trained[0], _dataset.Users.Count)], [.. Enumerable.Repeat(trained[1], _dataset.Items.Count)]);
    }
}
