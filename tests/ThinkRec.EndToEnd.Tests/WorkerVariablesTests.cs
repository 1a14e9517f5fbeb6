using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>What a process says whose variables are wrong, or whose fellows do not come.</summary>
[Collection(TrainedAlone.Name)]
public sealed class WorkerVariablesTests(TrainedAlone alone) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("RANK=1", "WORLD_SIZE is not set, but RANK is")]
    [InlineData("WORLD_SIZE=2", "RANK is not set, but WORLD_SIZE is")]
    [InlineData("RANK=2 WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=9", "RANK is 2 but WORLD_SIZE is 2: ranks go from 0 to 1")]
    [InlineData("RANK=-1 WORLD_SIZE=two MASTER_ADDR=127.0.0.1 MASTER_PORT=9", "has 2 problems: WORLD_SIZE is 'two'")]
    [InlineData("RANK=0 WORLD_SIZE=2 MASTER_PORT=29500", "MASTER_ADDR is not set")]
    [InlineData("RANK=0 WORLD_SIZE=2 MASTER_ADDR=127.0.0.1", "MASTER_PORT is not set")]
    [InlineData("RANK=0 WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=65536", "MASTER_PORT is '65536', expected a free port of rank 0's machine, 1 to 65535")]
    [InlineData("RANK=0 WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=29500 THINKREC_CONNECT_SECONDS=soon", "THINKREC_CONNECT_SECONDS is 'soon'")]
    public async Task Variables_that_contradict_one_another_are_refused(string variables, string expected)
    {
        Outcome outcome = await TrainAsync(variables);

        Refusal.AssertOneLine(outcome, 2, "The environment has", expected);
        Assert.False(Directory.Exists(_folder.File("run")));
    }

    [Fact]
    public async Task A_master_that_cannot_be_reached_is_told_in_time()
    {
        Outcome outcome = await TrainAsync("RANK=1 WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=1 THINKREC_CONNECT_SECONDS=1");

        Refusal.AssertOneLine(outcome, 1, "Rank 1 of 2: rank 0 did not answer at 127.0.0.1:1 within 1 s", "MASTER_ADDR and MASTER_PORT");
    }

    [Fact]
    public async Task A_rank_that_does_not_come_is_named()
    {
        Outcome outcome = await TrainAsync($"RANK=0 WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT={FreePort()} THINKREC_CONNECT_SECONDS=1");

        Refusal.AssertOneLine(outcome, 1, "Rank 0 of 2: rank 1 is missing", "See that all 2 ranks run");
    }

    [Fact]
    public async Task A_port_in_use_is_told()
    {
        using var holder = new TcpListener(IPAddress.IPv6Any, 0) { Server = { DualMode = true } };
        holder.Start();

        Outcome outcome = await TrainAsync($"RANK=0 WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT={((IPEndPoint)holder.LocalEndpoint).Port}");

        Refusal.AssertOneLine(outcome, 1, "is in use by another program", "Set MASTER_PORT to a free one");
    }

    [Fact]
    public async Task One_process_of_one_needs_no_address()
    {
        Outcome outcome = await TrainAsync("RANK=0 WORLD_SIZE=1");

        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.Contains("The run is in", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Processes_started_by_hand_train_together_and_only_the_first_tells()
    {
        string common = $"WORLD_SIZE=2 MASTER_ADDR=localhost MASTER_PORT={FreePort()}";

        Outcome[] outcomes = await Task.WhenAll(TrainAsync($"RANK=0 {common}"), TrainAsync($"RANK=1 {common}"));

        Assert.All(outcomes, outcome => Assert.True(outcome.ExitCode == 0, outcome.Error));
        Assert.Contains("The run is in", outcomes[0].Output, StringComparison.Ordinal);
        Assert.Equal(("", ""), (outcomes[1].Output, outcomes[1].Error));
    }

    [Fact]
    public async Task A_folder_that_rank_0_refuses_ends_both_and_both_say_why()
    {
        Directory.CreateDirectory(_folder.File("run"));
        File.WriteAllText(_folder.File("run/notes.txt"), "mine");
        string common = $"WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT={FreePort()}";

        Outcome[] outcomes = await Task.WhenAll(TrainAsync($"RANK=0 {common}"), TrainAsync($"RANK=1 {common}"));

        Refusal.AssertOneLine(outcomes[0], 2, _folder.File("run"), "the folder is not empty and holds no run");
        Refusal.AssertOneLine(outcomes[1], 1, "Rank 1 of 2 stops because rank 0 did", "the folder is not empty and holds no run");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Trains the encoder stage in one process with variables.</summary>
    private Task<Outcome> TrainAsync(string variables)
    {
        ProcessStartInfo start = Tool.Captured(Path.Combine(AppContext.BaseDirectory, "thinkrec"), alone.Train(_folder.File("run"), "--stage", "encoder"));
        foreach (string variable in variables.Split(' '))
        {
            string[] parts = variable.Split('=');
            start.Environment[parts[0]] = parts[1];
        }

        return Tool.FinishAsync(Process.Start(start)!);
    }
}
