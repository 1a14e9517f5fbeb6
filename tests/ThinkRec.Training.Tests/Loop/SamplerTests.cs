using ThinkRec.Data;
using ThinkRec.Models.Reasoning;
using ThinkRec.Training.Stages;
using ThinkRec.Training.Tests.Pipeline;

namespace ThinkRec.Training.Tests.Loop;

public sealed class SamplerTests
{
    private static readonly Dataset World = TinyRun.World;

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(32)]
    [InlineData(1000)]
    public void Windows_hold_every_training_row_once_and_no_other_row(int window)
    {
        var sampler = new WindowSampler(World, window, seed: 3);
        // Nobody rates an item twice in this world, so that user and item name a row.
        Dictionary<(int, int), int> rows = Enumerable.Range(0, World.Interactions.Length).ToDictionary(r => (World.Interactions[r].User, World.Interactions[r].Item));
        for (int epoch = 0; epoch < 4; epoch++)
        {
            Example[] examples = sampler.Epoch(epoch);
            int[] held = [.. examples.SelectMany(e => e.State.History.Append(rows[(e.State.User, e.Item)]))];

            Assert.Equal(sampler.Count, examples.Length);
            Assert.Equal(World.RowsOf(Split.Train), held.Order());
            Assert.All(examples, e => Assert.True(e.State.History.Length < window && e.Reason is null));
            Assert.All(examples, e => Assert.All(e.State.History, r => Assert.Equal(e.State.User, World.Interactions[r].User)));
            Assert.All(examples, e => Assert.Equal(World.Interactions[rows[(e.State.User, e.Item)]].Label, e.Label));
            Assert.All(examples, e => Assert.Equal([.. e.State.History.Append(rows[(e.State.User, e.Item)]).Order()], (int[])[.. e.State.History, rows[(e.State.User, e.Item)]]));
        }
    }

    [Fact]
    public void Windows_follow_from_seed_and_epoch_alone()
    {
        var one = new WindowSampler(World, 8, seed: 3);
        string[] first = [.. Enumerable.Range(0, 3).Select(epoch => Text(one.Epoch(epoch)))];
        string[] backwards = [.. new[] { 2, 1, 0 }.Select(epoch => Text(new WindowSampler(World, 8, seed: 3).Epoch(epoch)))];

        Assert.Equal(first, backwards.Reverse());
        Assert.Equal(3, first.Distinct().Count());
        Assert.NotEqual(first[0], Text(new WindowSampler(World, 8, seed: 4).Epoch(0)));
    }

    [Fact]
    public void Cuts_between_windows_move_from_epoch_to_epoch()
    {
        var sampler = new WindowSampler(World, 8, seed: 3);

        Assert.NotEqual(Targets(0), Targets(1));

        IEnumerable<(int, int)> Targets(int epoch) => sampler.Epoch(epoch).Select(e => (e.State.User, e.Item)).Order();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.2)]
    [InlineData(0.75)]
    [InlineData(1)]
    public void Examples_with_a_reason_have_their_share(double share)
    {
        Example[] drawn = new MixedSampler(Plain(50), Thinking(20), share, 8000, seed: 1, "stage").Epoch(0);

        double found = drawn.Count(e => e.Reason != null) / 8000.0;
        Assert.InRange(found, share - 0.02, share + 0.02);
        Assert.Equal(share > 0 ? 20 : 0, drawn.Where(e => e.Reason != null).Distinct().Count());
        Assert.Equal(share < 1 ? 50 : 0, drawn.Where(e => e.Reason is null).Distinct().Count());
    }

    [Fact]
    public void One_pass_without_reasons_holds_each_plain_example_once()
    {
        var sampler = new MixedSampler(Plain(50), [], 0.5, 0, seed: 1, "stage");

        Assert.Equal(50, sampler.Count);
        Assert.Equal(Enumerable.Range(1, 50), sampler.Epoch(0).Select(e => e.Item).Order());
        Assert.NotEqual(sampler.Epoch(0), sampler.Epoch(1));
    }

    [Fact]
    public void Mixed_examples_follow_from_seed_stage_and_epoch_alone()
    {
        Example[] one = Epoch(1, "stage", 2);

        Assert.Equal(one, Epoch(1, "stage", 2));
        Assert.NotEqual(one, Epoch(2, "stage", 2));
        Assert.NotEqual(one, Epoch(1, "other", 2));
        Assert.NotEqual(one, Epoch(1, "stage", 3));

        static Example[] Epoch(long seed, string name, int epoch) => new MixedSampler(Plain(30), Thinking(10), 0.3, 100, seed, name).Epoch(epoch);
    }

    [Fact]
    public void Buckets_hold_each_example_once_in_batches_of_like_length()
    {
        Example[] examples = [.. Plain(103)];
        SeededRandom.Stream(5, "test").Shuffle(examples.AsSpan());

        Example[][] batches = ExampleSampler.Bucket(examples, 4, e => e.Item, SeededRandom.Stream(6, "test"));

        Assert.Equal(Enumerable.Range(1, 103), batches.SelectMany(b => b).Select(e => e.Item).Order());
        Assert.Equal(26, batches.Length);
        Assert.All(batches, b => Assert.True(b.Max(e => e.Item) - b.Min(e => e.Item) < 4));
    }

    private static readonly int[] NoHistory = [];

    private static Example[] Plain(int count) => [.. Enumerable.Range(1, count).Select(i => new Example(new UserState(1, NoHistory), i, true))];

    private static Example[] Thinking(int count) => [.. Enumerable.Range(1, count).Select(i => new Example(new UserState(1, NoHistory), i, false, $"reason {i}"))];

    private static string Text(Example[] examples) => string.Join(";", examples.Select(e => $"{e.State.User}:{string.Join(",", e.State.History)}>{e.Item}"));
}
