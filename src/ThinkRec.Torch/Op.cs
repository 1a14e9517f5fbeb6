using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using ThinkRec.Torch.Interop;

namespace ThinkRec.Torch;

/// <summary>One ATen operator, found by name and overload; resolve it once and keep it in a static field.</summary>
public sealed unsafe class Op
{
    private const int StackLongs = 64;
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

    [SkipLocalsInit]
    private int Invoke(ReadOnlySpan<Arg> args, NativeSlot* results, int capacity)
    {
        IntPtr op = Resolved();
        Engine.PrepareThread();
        int longs = LongsFor(args);
        long* buffer = stackalloc long[StackLongs];
        IntPtr rented = IntPtr.Zero;
        if (longs > StackLongs)
        {
            rented = Marshal.AllocHGlobal(longs * sizeof(long));
            buffer = (long*)rented;
        }

        NativeSlot* slots = stackalloc NativeSlot[args.Length];
        int referenced = 0;
        int produced = 0;
        try
        {
            for (; referenced < args.Length; referenced++)
            {
                buffer = Fill(args[referenced], ref slots[referenced], buffer);
            }

            if (Native.trs_op_call(op, slots, args.Length, results, capacity, &produced) != 0)
            {
                throw new TorchException(Describe(args, Native.LastError()));
            }

            return produced;
        }
        finally
        {
            for (int i = 0; i < referenced; i++)
            {
                Release(args[i]);
            }

            if (rented != IntPtr.Zero)
            {
                Marshal.FreeHGlobal(rented);
            }
        }
    }

    private static int LongsFor(ReadOnlySpan<Arg> args)
    {
        int longs = 0;
        foreach (ref readonly Arg arg in args)
        {
            longs += arg.Tag switch
            {
                SlotTag.IntList or SlotTag.DoubleList or SlotTag.TensorList => (int)arg.Length,
                SlotTag.Text => (Encoding.UTF8.GetByteCount((string)arg.Reference!) / sizeof(long)) + 1,
                _ => 0,
            };
        }

        return longs;
    }

    private static long* Fill(in Arg arg, ref NativeSlot slot, long* buffer)
    {
        slot.Tag = arg.Tag;
        slot.Value = arg.Value;
        slot.Length = arg.Length;
        switch (arg.Tag)
        {
            case SlotTag.Tensor:
                slot.Value = ((Tensor)arg.Reference!).Borrow();
                return buffer;
            case SlotTag.Generator:
                slot.Value = ((Generator)arg.Reference!).Borrow();
                return buffer;
            case SlotTag.IntList:
                ((long[])arg.Reference!).CopyTo(new Span<long>(buffer, (int)arg.Length));
                break;
            case SlotTag.DoubleList:
                ((double[])arg.Reference!).CopyTo(new Span<double>(buffer, (int)arg.Length));
                break;
            case SlotTag.TensorList:
                BorrowAll((Tensor?[])arg.Reference!, buffer);
                break;
            case SlotTag.Text:
                string text = (string)arg.Reference!;
                slot.Value = (long)buffer;
                slot.Length = Encoding.UTF8.GetBytes(text, new Span<byte>(buffer, Encoding.UTF8.GetByteCount(text)));
                return buffer + (slot.Length / sizeof(long)) + 1;
            default:
                return buffer;
        }

        slot.Value = (long)buffer;
        return buffer + arg.Length;
    }

    private static void BorrowAll(Tensor?[] tensors, long* buffer)
    {
        for (int i = 0; i < tensors.Length; i++)
        {
            try
            {
                buffer[i] = tensors[i]?.Borrow() ?? 0;
            }
            catch
            {
                while (--i >= 0)
                {
                    tensors[i]?.GiveBack();
                }

                throw;
            }
        }
    }

    private static void Release(in Arg arg)
    {
        switch (arg.Reference)
        {
            case Tensor tensor:
                tensor.GiveBack();
                break;
            case Generator generator:
                generator.GiveBack();
                break;
            case Tensor?[] tensors:
                foreach (Tensor? tensor in tensors)
                {
                    tensor?.GiveBack();
                }

                break;
            default:
                break;
        }
    }

    private string Describe(ReadOnlySpan<Arg> args, string reason)
    {
        string[] names = ParameterNames(Schema);
        var text = new StringBuilder(_name).Append('(');
        for (int i = 0; i < args.Length; i++)
        {
            text.Append(i == 0 ? "" : ", ").Append(i < names.Length ? names[i] + " " : "").Append(args[i].ToString());
        }

        return text.Append("): ").Append(reason).ToString();
    }

    private static string[] ParameterNames(string schema)
    {
        int open = schema.IndexOf('(', StringComparison.Ordinal);
        int close = schema.IndexOf(") ->", StringComparison.Ordinal);
        if (open < 0 || close < open)
        {
            return [];
        }

        // "Tensor(a!) self, *, int[2] x=[0, 1]": the name is the last word of a piece, before "="; pieces without one are skipped.
        return [.. schema[(open + 1)..close].Split(", ").Where(p => p.Contains(' ', StringComparison.Ordinal))
            .Select(p => p.Split(' ')[^1].Split('=')[0])];
    }
}
