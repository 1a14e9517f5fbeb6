using ThinkRec.TestKit;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Runs;

namespace ThinkRec.Training.Tests.Runs;

public sealed class MetricsLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder.File("metrics.jsonl");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, 0, 3)] // the stage begins again: the lines of the stage before it stay
    [InlineData(20, 1, 6)] // its epochs 0 and 1, and step 0
    [InlineData(25, 1, 7)]
    [InlineData(40, 2, 9)]
    public void What_was_told_after_the_checkpoint_is_taken_back(int step, int epoch, int lines)
    {
        MetricsLog log = Filled();
        string[] before = System.IO.File.ReadAllLines(File);

        log.Rewind("b", new TrainerState { Step = step, Epoch = epoch });

        Assert.Equal(lines, System.IO.File.ReadAllLines(File).Length);
        Assert.Equal(before.Where(line => System.IO.File.ReadAllText(File).Contains(line, StringComparison.Ordinal)), System.IO.File.ReadAllLines(File));
    }

    [Fact]
    public void A_line_cut_short_is_dropped_and_others_stay()
    {
        MetricsLog log = Filled();
        System.IO.File.AppendAllText(File, "a note by hand\n{\"kind\":\"st");

        log.Rewind("c", new TrainerState());

        Assert.EndsWith("a note by hand\n", System.IO.File.ReadAllText(File), StringComparison.Ordinal);
        Assert.Equal(10, System.IO.File.ReadAllLines(File).Length);
        new MetricsLog(_folder.File("none")).Rewind("c", new TrainerState());
    }

    private MetricsLog Filled()
    {
        var log = new MetricsLog(File);
        foreach ((string stage, int epoch, int step, bool isEpoch) in new[]
        {
            ("a", 0, 0, false), ("a", 0, 20, false), ("a", 1, 40, true),
            ("b", 0, 0, true), ("b", 0, 0, false), ("b", 1, 20, true), ("b", 1, 20, false), ("b", 1, 30, false), ("b", 2, 40, true),
        })
        {
            log.Add(new TrainingRecord(stage, epoch, step, 40, new Dictionary<string, double> { ["loss"] = double.NaN }), isEpoch);
        }

        return log;
    }
}
