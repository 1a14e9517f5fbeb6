namespace ThinkRec.Torch;

/// <summary>
/// Frees, at its end, every tensor made on this thread since it began, except those returned to the outer scope or owned by an object.
/// </summary>
public readonly ref struct TensorScope
{
    [ThreadStatic] private static List<Tensor>? s_tensors;
    [ThreadStatic] private static int s_depth;
    private readonly int _mark;
    private readonly int _depth;

    private TensorScope(int mark, int depth)
    {
        _mark = mark;
        _depth = depth;
    }

    /// <summary>Begins a scope; end it with <c>using</c>.</summary>
    /// <returns>The scope.</returns>
    public static TensorScope Begin()
    {
        s_tensors ??= [];
        s_depth++;
        return new TensorScope(s_tensors.Count, s_depth);
    }

    /// <summary>Hands a tensor to the enclosing scope, so that it outlives this one.</summary>
    /// <param name="tensor">A tensor made in this scope (or an older one, which stays where it is).</param>
    /// <returns>The same tensor.</returns>
    /// <exception cref="InvalidOperationException">There is no enclosing scope to receive it.</exception>
    public Tensor Return(Tensor tensor)
    {
        if (_depth != s_depth)
        {
            throw new InvalidOperationException("Return was called on a TensorScope that has an inner one still open. End the inner scope first.");
        }

        if (_depth < 2)
        {
            throw new InvalidOperationException("A tensor was returned but no outer TensorScope is open to receive it. Begin one in the caller, or Own() the tensor.");
        }

        // A result is made late: the search from the end is short. An owned tensor, or an outer scope's, stays where it is.
        List<Tensor> tensors = s_tensors!;
        if (tensor.Life == TensorLife.Scoped && tensors.LastIndexOf(tensor, tensors.Count - 1, tensors.Count - _mark) >= 0)
        {
            tensor.Life = TensorLife.Returned;
        }

        return tensor;
    }

    /// <summary>Frees what belongs to the scope; ending it twice does nothing, and ends inner ones that were left open.</summary>
    public void Dispose()
    {
        if (_depth == 0 || _depth > s_depth)
        {
            return;
        }

        List<Tensor> tensors = s_tensors!;
        int kept = _mark;
        for (int i = _mark; i < tensors.Count; i++)
        {
            Tensor tensor = tensors[i];
            if (tensor.Life == TensorLife.Scoped)
            {
                tensor.Dispose();
            }
            else if (tensor.Life == TensorLife.Returned)
            {
                tensor.Life = TensorLife.Scoped;
                tensors[kept++] = tensor;
            }
        }

        tensors.RemoveRange(kept, tensors.Count - kept);
        s_depth = _depth - 1;
    }

    internal static void Track(Tensor tensor)
    {
        if (s_depth == 0)
        {
            tensor.Dispose();
            RequireOpen();
        }

        s_tensors!.Add(tensor);
    }

    /// <summary>Asked before an operator runs, so that nothing is made that nobody owns.</summary>
    internal static void RequireOpen()
    {
        if (s_depth == 0)
        {
            throw new InvalidOperationException("A tensor was made but no TensorScope is open to own it. Put `using var scope = TensorScope.Begin();` around the work.");
        }
    }
}

/// <summary>Who frees a tensor.</summary>
internal enum TensorLife
{
    Scoped,
    Returned,
    Owned,
}

/// <summary>Counts of tensors, for tests that prove nothing leaks.</summary>
public static class TensorCensus
{
    private static long s_finalized;

    /// <summary>Native tensors handed out and not yet freed, in the whole process.</summary>
    public static long Live
    {
        get
        {
            Engine.EnsureLoaded();
            return Interop.Native.trs_tensor_count();
        }
    }

    /// <summary>Tensors that only the garbage collector freed; any above zero is a mistake in somebody's scope.</summary>
    public static long Finalized => Interlocked.Read(ref s_finalized);

    internal static void CountFinalized() => Interlocked.Increment(ref s_finalized);
}
