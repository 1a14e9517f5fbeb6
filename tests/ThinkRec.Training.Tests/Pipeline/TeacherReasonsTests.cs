using ThinkRec.Data;
using ThinkRec.Teaching;
using ThinkRec.TestKit;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Tests.Encoders;

namespace ThinkRec.Training.Tests.Pipeline;

[Collection(SeededEngine.Name)]
public sealed class TeacherReasonsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("reasons.jsonl");

    private static Dataset World => TinyRun.World;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Reasons_about_held_out_rows_and_for_the_opposite_are_counted_and_not_trained_on()
    {
        int[] train = [.. World.RowsOf(Split.Train).Take(5)];
        ReasonFile.Write(Path,
        [
            .. train.Take(3).Select(row => Reason(row)),
            Reason(World.RowsOf(Split.Valid)[0]),
            Reason(World.RowsOf(Split.Test)[0]),
            Reason(train[3], isRight: false),
            Reason(World.RowsOf(Split.Test)[1], isRight: false),
        ]);

        var reasons = TeacherReasons.Read(Path, World);

        Assert.Equal(train.Take(3).Select(row => (row, $"It is row {row}.")), reasons.Usable);
        Assert.Equal((3, 1), (reasons.HeldOut, reasons.Contradicting));
        Assert.Equal(
            [$"{Path}: 3 reasons are trained on; left out are 3 about validation or test rows and 1 whose answer is not what the user did."],
            TrainingInputs.Require(Config(), World, "none"));
    }

    [Fact]
    public void A_file_that_leaves_nothing_to_learn_from_is_refused()
    {
        ReasonFile.Write(Path, World.RowsOf(Split.Test).Take(4).Select(row => Reason(row)));

        var problem = Assert.Throws<ConfigurationException>(() => TrainingInputs.Require(Config(), World, "none"));

        Assert.StartsWith(Path, problem.Message, StringComparison.Ordinal);
        Assert.Contains("4 are about validation or test rows, 0 have an answer", problem.Message, StringComparison.Ordinal);
        Assert.Contains("'reasons synthesize'", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_that_belongs_to_no_row_is_named()
    {
        ReasonFile.Write(Path, [Reason(World.RowsOf(Split.Train)[0]), Reason(World.RowsOf(Split.Train)[1]) with { Timestamp = -1 }]);

        var problem = Assert.Throws<DataFormatException>(() => TrainingInputs.Require(Config(), World, "none"));

        Assert.StartsWith("reasons.jsonl:2: user", problem.Message, StringComparison.Ordinal);
    }

    /// <summary>The whole training must not differ from one whose file has no such reasons at all.</summary>
    [Fact]
    public void Training_with_reasons_about_held_out_rows_gives_the_weights_of_training_without_them()
    {
        ReasonRow[] own = [.. World.RowsOf(Split.Train).Take(20).Select(row => Reason(row))];
        ReasonRow[] heldOut = [.. World.RowsOf(Split.Test).Take(20).Select(row => Reason(row))];

        ReasonFile.Write(Path, own);
        TinyRun.Train(_folder.File("clean"), resume: false, null, TestContext.Current.CancellationToken, Config());
        ReasonFile.Write(Path, own.Zip(heldOut).SelectMany(pair => new[] { pair.Second, pair.First }));
        TinyRun.Train(_folder.File("mixed"), resume: false, null, TestContext.Current.CancellationToken, Config());

        Assert.Equal(TinyRun.Products(_folder.File("clean")), TinyRun.Products(_folder.File("mixed")));
    }

    private ThinkRecConfig Config() => TinyRun.Config with { Thinking = TinyRun.Config.Thinking with { Reasons = Path } };

    private static ReasonRow Reason(int row, bool isRight = true)
    {
        var interaction = World.Interactions[row];
        var answer = interaction.Label == isRight ? "Yes" : "No";
        return new ReasonRow(
            World.Users[interaction.User], World.Items[interaction.Item], interaction.Timestamp, answer, $"{answer}. It is row {row}.", "a test", "by hand", []);
    }
}
