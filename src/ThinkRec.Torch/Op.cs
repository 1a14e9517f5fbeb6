using ThinkRec.Torch.Interop;

namespace ThinkRec.Torch;

/// <summary>One ATen operator, found by name and overload; resolve it once and keep it in a static field.</summary>
public sealed unsafe partial class Op
{
    private const int MaxResults = 8;
    private readonly string _baseName;
    private readonly string _overload;
    private readonly string _name;
    private IntPtr _op;

    /// <summary>Names an operator; it is looked up at its first call.</summary>
    /// <param name="name">Qualified name, such as <c>aten::add</c>.</param>
    /// <param name="overload">Overload, such as <c>Tensor</c>; empty for the base one.</param>
    public Op(string name, string overload = "")
    {
        _baseName = name;
        _overload = overload;
        _name = overload.Length == 0 ? name : $"{name}.{overload}";
    }

    /// <summary>The operator's schema, as libtorch writes it.</summary>
    /// <exception cref="TorchException">This libtorch has no such operator.</exception>
    public string Schema => Native.Text(Native.trs_op_schema(Resolved()));

    /// <summary>Runs an operator that returns one tensor. Arguments left out take the schema's defaults.</summary>
    /// <param name="args">Arguments in the schema's order; tensors are borrowed.</param>
    /// <returns>The result, owned by the innermost open scope.</returns>
    /// <exception cref="TorchException">libtorch refused the call.</exception>
    /// <exception cref="TensorMemoryException">There is no memory for the result.</exception>
    public Tensor Call(params ReadOnlySpan<Arg> args)
    {
        TensorScope.RequireOpen();
        NativeSlot result;
        int produced = Invoke(args, &result, 1);
        return produced == 1 && result.Tag == SlotTag.Tensor
            ? Tensor.Adopt((IntPtr)result.Value)
            : throw Unexpected("one tensor", &result, produced);
    }

    /// <summary>Runs an operator that returns two tensors.</summary>
    /// <param name="args">As for <see cref="Call"/>.</param>
    /// <returns>Both results, owned by the innermost open scope.</returns>
    public (Tensor First, Tensor Second) CallPair(params ReadOnlySpan<Arg> args)
    {
        TensorScope.RequireOpen();
        NativeSlot* results = stackalloc NativeSlot[MaxResults];
        int produced = Invoke(args, results, MaxResults);
        return produced == 2 && results[0].Tag == SlotTag.Tensor && results[1].Tag == SlotTag.Tensor
            ? (Tensor.Adopt((IntPtr)results[0].Value), Tensor.Adopt((IntPtr)results[1].Value))
            : throw Unexpected("two tensors", results, produced);
    }

    /// <summary>Runs an operator that returns several tensors or a list of them; undefined ones are left out.</summary>
    /// <param name="args">As for <see cref="Call"/>.</param>
    /// <returns>The results, owned by the innermost open scope.</returns>
    public Tensor[] CallAll(params ReadOnlySpan<Arg> args)
    {
        TensorScope.RequireOpen();
        NativeSlot* results = stackalloc NativeSlot[MaxResults];
        int produced = Invoke(args, results, MaxResults);
        return Array.ConvertAll(Handles(results, produced), Tensor.Adopt);
    }

    /// <summary>Runs an operator that returns a whole number or a truth value (as 0 or 1).</summary>
    /// <param name="args">As for <see cref="Call"/>.</param>
    /// <returns>The number.</returns>
    public long CallInteger(params ReadOnlySpan<Arg> args)
    {
        NativeSlot result;
        int produced = Invoke(args, &result, 1);
        return produced == 1 && result.Tag is SlotTag.Int or SlotTag.Bool
            ? result.Value
            : throw Unexpected("a whole number", &result, produced);
    }

    /// <summary>Runs an operator that returns a number of any kind.</summary>
    /// <param name="args">As for <see cref="Call"/>.</param>
    /// <returns>The number.</returns>
    public double CallDouble(params ReadOnlySpan<Arg> args)
    {
        NativeSlot result;
        int produced = Invoke(args, &result, 1);
        return (produced == 1 ? result.Tag : SlotTag.None) switch
        {
            SlotTag.Double => BitConverter.Int64BitsToDouble(result.Value),
            SlotTag.Int or SlotTag.Bool => result.Value,
            _ => throw Unexpected("a number", &result, produced),
        };
    }

    /// <summary>Runs an operator for its effect (an in-place one) and drops what it returns.</summary>
    /// <param name="args">As for <see cref="Call"/>.</param>
    public void Run(params ReadOnlySpan<Arg> args)
    {
        NativeSlot* results = stackalloc NativeSlot[MaxResults];
        Drop(results, Invoke(args, results, MaxResults));
    }

    private IntPtr Resolved()
    {
        if (_op == IntPtr.Zero)
        {
            Engine.EnsureLoaded();
            Native.Check(Native.trs_op_find(_baseName, _overload, out IntPtr op), _name);
            _op = op;
        }

        return _op;
    }

    private static void Drop(NativeSlot* results, int produced)
    {
        for (int i = 0; i < produced; i++)
        {
            if (results[i].Tag == SlotTag.Tensor)
            {
                Native.trs_tensor_free((IntPtr)results[i].Value);
            }
            else if (results[i].Tag == SlotTag.TensorList)
            {
                Array.ForEach(Handles(results + i, 1), Native.trs_tensor_free);
            }
        }
    }

    /// <summary>The tensors among the results, lists flattened (and their arrays freed).</summary>
    private static IntPtr[] Handles(NativeSlot* results, int produced)
    {
        var handles = new List<IntPtr>();
        for (int i = 0; i < produced; i++)
        {
            if (results[i].Tag == SlotTag.Tensor)
            {
                handles.Add((IntPtr)results[i].Value);
            }
            else if (results[i].Tag == SlotTag.TensorList)
            {
                handles.AddRange(new ReadOnlySpan<IntPtr>((void*)results[i].Value, (int)results[i].Length));
                Native.trs_free((IntPtr)results[i].Value);
            }
        }

        return [.. handles];
    }

    private TorchException Unexpected(string wanted, NativeSlot* results, int produced)
    {
        Drop(results, produced);
        return new TorchException($"{_name}: {wanted} was expected as the result, but the schema is {Schema}.");
    }
}
