using ThinkRec.Data;
using ThinkRec.TestKit;

namespace ThinkRec.Teaching.Tests;

public sealed class ReasonSynthesisTests(ITestOutputHelper output)
{
    private static readonly Dataset World = BuiltInWorld.Generate(new BuiltInWorldOptions { Seed = 1 }).Dataset;

    [Fact]
    public void Reasons_of_the_built_in_world_are_grounded_varied_and_better_than_chance()
    {
        var result = ReasonSynthesis.Run(World, new ReasonSynthesisOptions { Count = 400, Seed = 3 });

        var lengths = result.Reasons.Select(reason => reason.Reason.Split(' ').Length).Order().ToArray();
        output.WriteLine($"asked {result.Asked}, kept {result.Reasons.Count}, wrong votes {result.WrongVotes}, failed checks {result.FailedChecks}");
        output.WriteLine($"words {lengths[0]} to {lengths[^1]}, median {lengths[lengths.Length / 2]}; yes {result.Reasons.Count(r => r.Answer == "Yes")}");
        foreach (var reason in result.Reasons.Take(12))
        {
            output.WriteLine(reason.Reason);
        }
        Assert.Equal(400, result.Reasons.Count);
        Assert.Equal(0, result.FailedChecks);
        Assert.Equal(result.Asked, result.Reasons.Count + result.WrongVotes);
        Assert.InRange(result.Reasons.Count / (double)result.Asked, 0.6, 0.9);
        Assert.InRange(lengths[0], 18, 45);
        Assert.InRange(lengths[^1], 18, 45);
        Assert.InRange(result.Reasons.Count(reason => reason.Answer == "Yes"), 120, 280);
        Assert.True(result.Reasons.Select(reason => reason.Reason).Distinct().Count() > 395, "reasons should differ from row to row");
        Assert.All(result.Reasons, reason => Assert.Equal(("local", "blind", 4), (reason.Teacher, reason.How, reason.Checks.Count)));
    }

    [Fact]
    public void Only_training_rows_with_enough_history_are_asked()
    {
        var result = ReasonSynthesis.Run(World, new ReasonSynthesisOptions { Count = int.MaxValue });
        var histories = new Histories(World);
        var rows = ReasonFile.RowsOf(World, result.Reasons);

        Assert.All(rows, row => Assert.Equal(Split.Train, World.Interactions[row].Split));
        Assert.All(rows, row => Assert.True(histories.Before(row, 3, HistoryKind.Dual).Length == 3));
        Assert.Equal(World.RowsOf(Split.Train).Count(row => histories.Before(row, 3, HistoryKind.Dual).Length == 3), result.Asked);
        Assert.Equal(0, result.FailedChecks);
        output.WriteLine($"asked {result.Asked}, kept {result.Reasons.Count}");
    }

    [Fact]
    public void Balanced_rows_have_a_full_history_of_as_many_likes_as_dislikes()
    {
        var histories = new Histories(World);
        int[] Likes(int length) =>
        [
            .. ReasonSynthesis.RowsToAsk(World, new ReasonSynthesisOptions { Count = 1, Rows = RowChoice.Balanced, HistoryLength = length })
                .Select(row => histories.Before(row, length, HistoryKind.Dual)).Where(history => history.Length == length)
                .Select(history => history.Count(row => World.Interactions[row].Label)).Distinct().Order(),
        ];

        Assert.Equal([5], Likes(10));
        Assert.Equal([3, 4], Likes(7));
        Assert.All(
            ReasonSynthesis.RowsToAsk(World, new ReasonSynthesisOptions { Count = 1, Rows = RowChoice.Balanced }),
            row => Assert.Equal((10, Split.Train), (histories.Before(row, 10, HistoryKind.Dual).Length, World.Interactions[row].Split)));
    }

    [Fact]
    public void Pools_are_asked_about_in_turn_and_held_out_rows_in_them_are_not()
    {
        int[] askable = ReasonSynthesis.RowsToAsk(World, new ReasonSynthesisOptions { Count = 1 });
        int[] few = [.. askable.Take(3)];
        int[] many = [.. askable.Skip(100).Take(6)];

        int[] rows = ReasonSynthesis.RowsToAsk(World, new ReasonSynthesisOptions { Count = 1, Pools = [few, [.. many, .. World.RowsOf(Split.Test)]] });

        Assert.Equal([true, false, true, false, true, false, false, false, false], rows.Select(few.Contains));
        Assert.Equal(many.Order(), rows.Except(few).Order());
        Assert.Empty(ReasonSynthesis.RowsToAsk(World, new ReasonSynthesisOptions { Count = 1, Pools = [World.RowsOf(Split.Valid)] }));
    }

    [Fact]
    public void The_same_seed_gives_the_same_reasons()
    {
        static IEnumerable<string> Texts(long seed) => ReasonSynthesis.Run(World, new ReasonSynthesisOptions { Count = 50, Seed = seed }).Reasons.Select(reason => reason.Reason);

        Assert.Equal(Texts(1), Texts(1));
        Assert.NotEqual(Texts(1), Texts(2));
    }

    [Fact]
    public void Reasons_survive_the_file()
    {
        using var folder = new TemporaryFolder();
        var reasons = ReasonSynthesis.Run(World, new ReasonSynthesisOptions { Count = 30 }).Reasons;

        ReasonFile.Write(folder.File(ReasonFile.FileName), reasons);

        Assert.Equal(reasons.Select(reason => reason.Reason), ReasonFile.Read(folder.File(ReasonFile.FileName), World).Select(reason => reason.Reason));
    }
}
