using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using ThinkRec.Torch.Interop;

namespace ThinkRec.Torch;

/// <content>How arguments cross into native code, and what an error says about them.</content>
public sealed unsafe partial class Op
{
    private const int StackLongs = 64;

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
                throw TensorMemoryException.Of(Describe(args), Native.LastError());
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

    private string Describe(ReadOnlySpan<Arg> args)
    {
        string[] names = ParameterNames(Schema);
        var text = new StringBuilder(_name).Append('(');
        for (int i = 0; i < args.Length; i++)
        {
            text.Append(i == 0 ? "" : ", ").Append(i < names.Length ? names[i] + " " : "").Append(args[i].ToString());
        }

        return text.Append(')').ToString();
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
