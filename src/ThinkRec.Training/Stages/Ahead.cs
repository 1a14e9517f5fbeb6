namespace ThinkRec.Training.Stages;

/// <summary>Makes what the next step needs on another thread while this step computes. What is made does not depend on who makes it, or when.</summary>
/// <param name="make">Makes what a step needs; one call at a time.</param>
/// <param name="count">Steps there are.</param>
/// <typeparam name="T">What a step needs; no tensors, which belong to a thread.</typeparam>
internal sealed class Ahead<T>(Func<int, T> make, int count)
{
    private Task<T>? _next;
    private int _number;

    /// <summary>What a step needs. Something that went wrong on the other thread is thrown here.</summary>
    /// <param name="number">The step.</param>
    /// <returns>What was made for it.</returns>
    internal T Take(int number)
    {
        Task<T>? known = _next;
        if (known is null || _number != number)
        {
            Stop();
            known = null;
        }

        _next = null;
        T taken = known is null ? make(number) : known.GetAwaiter().GetResult();
        if (number + 1 < count)
        {
            (_number, _next) = (number + 1, Task.Run(() => make(number + 1)));
        }

        return taken;
    }

    /// <summary>Waits until nothing is being made; what was made for a step that does not come is forgotten, with what went wrong in it.</summary>
    internal void Stop()
    {
        if (_next is Task<T> last)
        {
            Task.WaitAny(last);
            _ = last.Exception;
            _next = null;
        }
    }
}
