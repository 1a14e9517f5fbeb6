using ThinkRec.TestKit;
using ThinkRec.Training.Tests.Encoders;

namespace ThinkRec.Training.Tests.Pipeline;

/// <summary>A run that was stopped goes on to the same bytes.</summary>
[Collection(SeededEngine.Name)]
public sealed class ResumeTests(ResumeTests.Undisturbed undisturbed) : IClassFixture<ResumeTests.Undisturbed>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("language", 0)]
    [InlineData("behaviour", 0)]
    [InlineData("behaviour", 20)]
    [InlineData("thinking", 0)]
    [InlineData("thinking", 20)]
    [InlineData("projector", 0)]
    [InlineData("group-0", 20)]
    [InlineData("group-1", 0)]
    public void A_run_stopped_within_a_stage_goes_on_to_the_same_bytes(string stage, int step)
    {
        string run = _folder.File("run");
        using var cancel = new CancellationTokenSource();
        var watcher = new Stop(record => record.Stage == stage && record.Step == step, cancel);

        Assert.Throws<OperationCanceledException>(() => TinyRun.Train(run, resume: false, watcher, cancel.Token));
        Assert.True(File.Exists(Path.Combine(run, "checkpoints", stage + ".safetensors")));
        TinyRun.Train(run, resume: true, null, TestContext.Current.CancellationToken);

        Assert.Equal(undisturbed.Products, TinyRun.Products(run));
    }

    [Fact]
    public void A_run_stopped_at_every_step_that_is_told_goes_on_to_the_same_bytes()
    {
        string run = _folder.File("run");
        var told = new HashSet<(string, int)>();
        bool finished = false;
        while (!finished)
        {
            using var cancel = new CancellationTokenSource();
            try
            {
                TinyRun.Train(run, resume: true, new Stop(record => told.Add((record.Stage, record.Step)), cancel), cancel.Token);
                finished = true;
            }
            catch (OperationCanceledException)
            {
                Assert.True(told.Count < 100);
            }
        }

        Assert.True(told.Count >= 10, $"stopped {told.Count} times");
        Assert.Equal(undisturbed.Products, TinyRun.Products(run));
    }

    [Fact]
    public void Checkpoints_after_every_step_change_nothing()
    {
        string run = _folder.File("run");

        TinyRun.Train(run, resume: false, null, TestContext.Current.CancellationToken, interval: TimeSpan.Zero);

        Assert.Equal(undisturbed.Products, TinyRun.Products(run));
    }

    [Fact]
    public void A_finished_run_that_is_resumed_stays_as_it_is()
    {
        string run = _folder.File("run");
        TinyRun.Train(run, resume: false, null, TestContext.Current.CancellationToken);
        bool told = false;
        using var cancel = new CancellationTokenSource();

        TinyRun.Train(run, resume: true, new Stop(_ => told = true, cancel), TestContext.Current.CancellationToken);

        Assert.False(told);
        Assert.Equal(undisturbed.Products, TinyRun.Products(run));
    }

    [Fact]
    public void Another_seed_gives_another_run()
    {
        string run = _folder.File("run");

        TinyRun.Train(run, resume: false, null, TestContext.Current.CancellationToken, TinyRun.Config with { Seed = 8 });

        Dictionary<string, string> products = TinyRun.Products(run);
        Assert.Equal(undisturbed.Products.Keys.Order(), products.Keys.Order());
        Assert.All(products, product => Assert.NotEqual(undisturbed.Products[product.Key], product.Value));
    }

    [Fact]
    public void A_stage_whose_last_checkpoint_is_damaged_goes_on_from_the_one_before_and_leaves_none()
    {
        string run = _folder.File("run");
        using var cancel = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => TinyRun.Train(run, false, new Stop(r => r.Stage == "thinking" && r.Step == 20, cancel), cancel.Token, interval: TimeSpan.Zero));
        string checkpoint = Path.Combine(run, "checkpoints", "thinking.safetensors");
        File.WriteAllBytes(checkpoint, File.ReadAllBytes(checkpoint)[..^9]);
        File.WriteAllText(Path.Combine(run, "checkpoints", "behaviour.before.safetensors"), "as if the end of that stage had been interrupted");
        var notes = new Loop.ScriptedStage.Notes();

        TinyRun.Train(run, resume: true, notes, TestContext.Current.CancellationToken);

        Assert.Contains("goes on from step 21", Assert.Single(notes.Texts), StringComparison.Ordinal);
        Assert.Equal(undisturbed.Products, TinyRun.Products(run));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(run, "checkpoints")));
    }

    [Fact]
    public void A_checkpoint_cut_short_is_refused_by_name()
    {
        string run = _folder.File("run");
        using var cancel = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => TinyRun.Train(run, false, new Stop(r => r.Stage == "thinking", cancel), cancel.Token));
        string checkpoint = Path.Combine(run, "checkpoints", "thinking.safetensors");
        File.WriteAllBytes(checkpoint, File.ReadAllBytes(checkpoint)[..^9]);

        Exception? problem = Record.Exception(() => TinyRun.Train(run, true, null, TestContext.Current.CancellationToken));

        Assert.NotNull(problem);
        Assert.Contains("thinking.safetensors", problem.Message, StringComparison.Ordinal);
        Assert.StartsWith("ThinkRec.", problem.GetType().Namespace, StringComparison.Ordinal);
    }

    /// <summary>A run that nothing stopped.</summary>
    public sealed class Undisturbed : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public Undisturbed()
        {
            TinyRun.Train(_folder.File("run"), resume: false, null, CancellationToken.None);
            Products = TinyRun.Products(_folder.File("run"));
        }

        internal Dictionary<string, string> Products { get; }

        public void Dispose() => _folder.Dispose();
    }
}
