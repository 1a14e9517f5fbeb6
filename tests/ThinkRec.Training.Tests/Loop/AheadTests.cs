using ThinkRec.Training.Stages;

namespace ThinkRec.Training.Tests.Loop;

public sealed class AheadTests
{
    [Fact]
    public void The_next_step_is_made_on_another_thread_while_this_one_is_in_use()
    {
        using var made = new SemaphoreSlim(0);
        int[] threads = new int[3];
        var ahead = new Ahead<int>(
            step =>
            {
                threads[step] = Environment.CurrentManagedThreadId;
                made.Release();
                return step * step;
            },
            3);

        Assert.Equal(0, ahead.Take(0));
        Assert.True(made.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.True(made.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)); // of step 1, which nobody has asked for
        Assert.Equal(1, ahead.Take(1));
        Assert.Equal(4, ahead.Take(2));
        Assert.Equal(Environment.CurrentManagedThreadId, threads[0]);
        Assert.NotEqual(Environment.CurrentManagedThreadId, threads[1]);
    }

    [Fact]
    public void Any_order_of_steps_gives_each_its_own_and_never_two_are_made_at_once()
    {
        int inside = 0;
        var ahead = new Ahead<int>(
            step =>
            {
                Assert.Equal(1, Interlocked.Increment(ref inside));
                Thread.Sleep(1);
                Interlocked.Decrement(ref inside);
                return step;
            },
            20);

        foreach (int step in new[] { 3, 4, 0, 19, 7, 8, 9, 2, 19, 5 })
        {
            Assert.Equal(step, ahead.Take(step));
        }

        ahead.Stop();
        Assert.Equal(0, inside);
    }

    [Fact]
    public void What_goes_wrong_is_thrown_by_the_step_that_needs_it_and_by_no_other()
    {
        var ahead = new Ahead<int>(step => step == 1 ? throw new InvalidDataException("step 1") : step, 3);

        Assert.Equal(0, ahead.Take(0));
        Assert.Equal("step 1", Assert.Throws<InvalidDataException>(() => ahead.Take(1)).Message);
        Assert.Equal(0, ahead.Take(0));
        ahead.Stop();
        ahead.Stop();
        Assert.Equal(2, ahead.Take(2));
    }

    [Fact]
    public void Nothing_is_made_beyond_the_last_step()
    {
        var made = new List<int>();
        var ahead = new Ahead<int>(
            step =>
            {
                made.Add(step);
                return step;
            },
            2);

        ahead.Take(0);
        ahead.Take(1);
        ahead.Stop();

        Assert.Equal([0, 1], made);
    }
}
