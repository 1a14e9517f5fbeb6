using ThinkRec.Data;
using ThinkRec.Metrics;
using ThinkRec.TestKit;
using ThinkRec.Training.Pipeline;

namespace ThinkRec.Training.Tests.Pipeline;

public sealed class TeacherRowsTests : IDisposable
{
    private static readonly Interaction[] Rows =
    [
        new(1, 1, 5, true, 1, Split.Train),
        new(1, 2, 1, false, 2, Split.Train),
        new(1, 3, 5, true, 3, Split.Train),
        new(2, 1, 1, false, 4, Split.Train),
        new(2, 2, 1, false, 5, Split.Train),
        new(2, 2, 5, true, 6, Split.Train),
        new(2, 3, 5, true, 7, Split.Test),
    ];

    private static readonly Dataset World = new()
    {
        Card = new DatasetCard { Name = "hand", ItemNoun = "movie", ItemNounPlural = "movies", Source = "a test", Created = "by hand" },
        Users = new IdMap(["a", "b"]),
        Items = new IdMap(["x", "y", "z"]),
        ItemTexts = [ItemText.Empty, ItemText.Empty, ItemText.Empty, ItemText.Empty],
        Interactions = Rows,
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rows_on_the_wrong_side_of_the_threshold_are_found_by_user_and_item()
    {
        var path = Predictions("a,x,1,-0.1", "a,y,0,0", "a,z,1,7", "b,x,0,0.2", "b,y,0,3", "b,z,1,-3", "c,x,1,-1");

        var found = TeacherRows.Mispredicted(World, path, null);

        Assert.Equal([0, 3], found.Rows);
        Assert.Equal((4, 2, 1), (found.Scored, found.Unknown, found.Ambiguous));
        Assert.Equal([0], TeacherRows.Mispredicted(World, path, 0.5).Rows);
    }

    [Fact]
    public void Scores_that_may_be_probabilities_are_not_guessed_about()
    {
        var path = Predictions("a,x,1,0.4", "a,y,0,0.6", "a,z,1,0.9");

        var problem = Assert.Throws<MetricsException>(() => TeacherRows.Mispredicted(World, path, null));

        Assert.Contains("all scores lie between 0 and 1", problem.Message, StringComparison.Ordinal);
        Assert.Equal([0, 1], TeacherRows.Mispredicted(World, path, 0.5).Rows);
        Assert.Equal([1], TeacherRows.Mispredicted(World, path, 0).Rows);
    }

    [Theory]
    [InlineData("a,x,0,-1", "user 'a' dislikes item 'x' there and likes it in 'hand'")]
    [InlineData("b,z,1,-1", "none of its 1 rows is one training row of 'hand'. Make it with 'evaluate --split train")]
    [InlineData("b,y,1,-1", "none of its 1 rows is one training row of 'hand'")]
    public void Predictions_for_other_data_are_refused(string line, string expected)
    {
        var problem = Assert.Throws<MetricsException>(() => TeacherRows.Mispredicted(World, Predictions(line), null));

        Assert.Contains(expected, problem.Message, StringComparison.Ordinal);
    }

    private string Predictions(params string[] lines)
    {
        var path = _folder.File("p.csv");
        File.WriteAllLines(path, ["user_id,item_id,label,score", .. lines]);
        return path;
    }
}
