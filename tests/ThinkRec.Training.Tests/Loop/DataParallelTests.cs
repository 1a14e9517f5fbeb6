using System.Net;
using System.Net.Sockets;
using ThinkRec.Data;
using ThinkRec.Nn;
using ThinkRec.TestKit;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Tests.Loop;

/// <summary>Processes that train together, here as threads on loopback; with real processes in the end-to-end tests of launch.</summary>
public sealed class DataParallelTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Shares_hold_each_row_once_and_join_again(int size) => Together(size, parallel =>
    {
        for (int rows = 0; rows < 8; rows++)
        {
            int[] batch = [.. Enumerable.Range(100, rows)];

            int[] share = parallel.ShareOf(batch);

            Assert.Equal(rows / size, share.Length - (parallel.Rank < rows % size ? 1 : 0));
            Assert.Equal(batch, parallel.Joined(share));
        }
    });

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(6)] // more than the rows of a batch
    public void An_epoch_trains_on_each_row_once_to_the_weights_of_one_process(int size)
    {
        using var scope = TensorScope.Begin();
        using var alone = new Regression();
        TrainerState expected = Fit(alone, DataParallel.Alone, null);
        var rows = new List<int>();

        Together(size, parallel =>
        {
            using var stage = new Regression();
            TrainerState state = Fit(stage, parallel, null);

            Assert.Equal((expected.Epoch, expected.BestEpoch, expected.Finished), (state.Epoch, state.BestEpoch, state.Finished));
            Assert.Equal(expected.Best, state.Best, 1e-4);
            Assert.All(alone.Values.Zip(stage.Values), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
            Assert.Equal(parallel.IsFirst ? expected.Epoch : 0, stage.TimesMeasured);
            lock (rows)
            {
                rows.AddRange(stage.RowsSeen);
            }
        });

        Assert.True(expected.Epoch is > 2 and < Regression.Longest, $"the training shall end by patience, not at epoch {expected.Epoch}");
        Assert.Equal(Enumerable.Range(0, Regression.Rows).SelectMany(row => Enumerable.Repeat(row, expected.Epoch)), rows.Order());
    }

    [Fact]
    public void A_stage_that_divides_nothing_does_the_whole_everywhere() => Together(2, parallel =>
    {
        using var alone = new Regression(divides: false);
        using var together = new Regression(divides: false);
        Fit(alone, DataParallel.Alone, null);

        Fit(together, parallel, null);

        Assert.Equal(alone.Values, together.Values);
        Assert.Equal(alone.RowsSeen, together.RowsSeen);
    });

    [Fact]
    public void All_start_from_the_weights_of_the_first() => Together(2, parallel =>
    {
        using var stage = new Regression(start: parallel.Rank * 3);

        parallel.Align(stage.Parameters);

        Assert.Equal([0f, 0], stage.Values);
    });

    [Fact]
    public void Processes_that_read_different_checkpoints_do_not_train() => Together(2, parallel =>
    {
        using var folder = new TemporaryFolder(); // each its own, as on machines without a common file system
        string path = folder.File("checkpoint.safetensors");
        if (parallel.IsFirst)
        {
            using var before = new Regression();
            Fit(before, DataParallel.Alone, path, untilEpoch: 1);
        }

        using var stage = new Regression();
        var problem = Assert.Throws<TrainingException>(() => Fit(stage, parallel, path));

        Assert.Contains("give --out a path that is the same folder on every machine", problem.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void A_loss_that_is_no_number_stops_all_at_the_same_step() => Together(2, parallel =>
    {
        using var stage = new Regression(poisonedRow: 3);

        var problem = Assert.Throws<TrainingException>(() => Fit(stage, parallel, null));

        Assert.Contains("not finite", problem.Message, StringComparison.Ordinal);
        Assert.Equal(0, parallel.FromFirst(() => parallel.Rank)); // the group is still of use
    });

    [Fact]
    public void An_interrupt_of_one_process_stops_all_with_a_checkpoint_of_the_first()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("checkpoint.safetensors");
        Together(2, parallel =>
        {
            using var stage = new Regression();
            using var cancel = new CancellationTokenSource();
            if (!parallel.IsFirst)
            {
                cancel.Cancel();
            }

            Assert.ThrowsAny<OperationCanceledException>(() => Fit(stage, parallel, path, cancel: cancel));
        });
        Assert.True(File.Exists(path));
    }

    [Fact]
    public void What_goes_wrong_in_the_first_goes_wrong_in_all() => Together(2, parallel =>
    {
        Exception? problem = Record.Exception(() => parallel.FromFirst<int>(() => throw new IOException("the disk is full")));

        Assert.IsType(parallel.IsFirst ? typeof(IOException) : typeof(ProcessGroupException), problem);
        Assert.Contains("the disk is full", problem.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Numbers_are_added_up_by_name()
    {
        Together(3, parallel =>
        {
            var own = new Dictionary<string, double> { ["loss"] = 0.1 + parallel.Rank };
            if (parallel.Rank == 2)
            {
                own["history"] = double.NaN;
            }

            Dictionary<string, double> sums = parallel.Sum(own);

            Assert.Equal(3.3, sums["loss"], 1e-12);
            Assert.Equal(double.NaN, sums["history"]);
        });
    }

    private static TrainerState Fit(Regression stage, DataParallel parallel, string? checkpoint, int? untilEpoch = null, CancellationTokenSource? cancel = null) => Trainer.Fit(
        stage, new FitOptions(1, checkpoint, "test", TimeSpan.FromHours(1), new Silent()) { Parallel = parallel, UntilEpoch = untilEpoch }, TimeProvider.System,
        cancel?.Token ?? TestContext.Current.CancellationToken);

    private static void Together(int size, Action<DataParallel> work)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var problems = new Exception?[size];
        Thread[] threads = [.. Enumerable.Range(0, size).Select(rank => new Thread(() => problems[rank] = Record.Exception(() =>
        {
            using var parallel = DataParallel.Join(new WorkerVariables(rank, size, "127.0.0.1", port) { Connect = TimeSpan.FromSeconds(20), Wait = TimeSpan.FromSeconds(20) }, Device.Cpu);
            using var scope = TensorScope.Begin();
            work(parallel);
        })))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Null(problems.FirstOrDefault(problem => problem is not ProcessGroupException && problem is not null) ?? problems.FirstOrDefault(problem => problem is not null));
    }

    private sealed class Silent : ITrainingWatcher
    {
        public void Step(TrainingRecord record)
        {
        }

        public void Epoch(TrainingRecord record)
        {
        }
    }

    /// <summary>Two weights learn a line from rows of different worth: a row counts as often as its number says, so that shares' means differ from the batch's.</summary>
    private sealed class Regression(bool divides = true, double start = 0, int poisonedRow = -1) : Stage, IDisposable
    {
        internal const int Rows = 14;
        internal const int Longest = 60;
        private readonly Parameter _weights = new("w", Tensor.Full([2], start));
        private int[] _order = [];

        internal List<int> RowsSeen { get; } = [];

        internal int TimesMeasured { get; private set; }

        internal float[] Values => _weights.Value.Detach().ToFloats();

        public override string Name => "regression";

        public override IReadOnlyList<Parameter> Parameters => [_weights];

        public override OptimizationOptions Optimization { get; } = new() { LearningRate = 0.5, BatchSize = 4, MaxEpochs = Longest, Patience = 2 };

        public override int StepsPerEpoch => 4; // the last batch has two rows

        public override bool DividesBatches => divides;

        public override void BeginEpoch(int epoch)
        {
            _order = [.. Enumerable.Range(0, Rows)];
            SeededRandom.Stream(3, $"{epoch}").Shuffle(_order.AsSpan());
        }

        public override StepLoss Loss(int step)
        {
            int[] whole = [.. _order.Skip(step * 4).Take(4)];
            int[] rows = divides ? Parallel.ShareOf(whole) : whole;
            RowsSeen.AddRange(rows);
            if (rows.Length == 0)
            {
                return StepLoss.Empty();
            }

            float[] x = [.. rows.SelectMany(row => Enumerable.Repeat(row, row + 1)).Select(row => row == poisonedRow ? float.NaN : row / 10f)];
            Tensor inputs = Tensor.From(x, x.Length), ones = Tensor.Full([x.Length], 1);
            Tensor errors = Tensor.Stack(1, inputs, ones).MatMul(_weights.Value) - inputs.Mul(2.0);
            Tensor loss = DataParallel.PartOf((errors * errors).Mean(), x.Length, whole.Sum(row => row + 1));
            return new StepLoss(loss, [("squares", loss.Detach())]);
        }

        public override void SetTraining(bool training)
        {
        }

        public override IReadOnlyDictionary<string, double> Validate()
        {
            TimesMeasured++;
            float[] w = Values;
            return new Dictionary<string, double> { ["auc"] = -Math.Abs(w[0] - 2) - Math.Abs(w[1]) };
        }

        public void Dispose() => _weights.Dispose();
    }
}
