using System.Text.Json;
using System.Text.Json.Serialization;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Training.Loop;

/// <content>What the processes tell one another: values as JSON, weights as tensors.</content>
public sealed partial class DataParallel
{
    private const long BroadcastElements = 16 << 20;
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Does a piece of work in rank 0 alone, and gives its result to all.</summary>
    /// <typeparam name="T">Something that JSON can carry.</typeparam>
    /// <param name="work">The work; when it throws, the others throw too.</param>
    /// <returns>The same everywhere.</returns>
    /// <exception cref="ProcessGroupException">Rank 0's work went wrong; not thrown in rank 0, where the exception is its own.</exception>
    public T FromFirst<T>(Func<T> work)
    {
        if (_group is null)
        {
            return work();
        }

        if (!IsFirst)
        {
            Answer<T> answer = JsonSerializer.Deserialize<Answer<T>>(Spread([]), Json)!;
            return answer.Problem is null ? answer.Value! : throw new ProcessGroupException($"Rank {Rank} of {Size} stops because rank 0 did: {answer.Problem}");
        }

        try
        {
            T value = work();
            Spread(JsonSerializer.SerializeToUtf8Bytes(new Answer<T>(value, null), Json));
            return value;
        }
        catch (Exception e) when (e is not ProcessGroupException)
        {
            Spread(JsonSerializer.SerializeToUtf8Bytes(new Answer<T>(default, e.Message), Json));
            throw;
        }
    }

    /// <summary>Gives all processes rank 0's weights.</summary>
    /// <param name="parameters">The same everywhere and in the same order; changed in all but rank 0.</param>
    internal void Align(IEnumerable<Parameter> parameters)
    {
        if (_group is null)
        {
            return;
        }

        using var noGrad = NoGrad.Begin();
        foreach (IGrouping<(DType, Device), Parameter> alike in parameters.GroupBy(p => (p.Value.DType, p.Value.Device)))
        {
            long before = 0;
            foreach (IGrouping<long, Parameter> part in alike.GroupBy(p => (before += p.Value.NumElements) / BroadcastElements).ToArray())
            {
                SpreadTogether([.. part.Select(p => p.Value)]);
            }
        }
    }

    /// <summary>Adds up numbers by name over all processes.</summary>
    /// <param name="values">This one's; others may have other names.</param>
    /// <returns>The sums.</returns>
    internal Dictionary<string, double> Sum(Dictionary<string, double> values)
    {
        if (_group is null)
        {
            return values;
        }

        var sums = new Dictionary<string, double>();
        foreach (Dictionary<string, double> each in Gather(values))
        {
            foreach ((string name, double value) in each)
            {
                sums[name] = sums.GetValueOrDefault(name) + value;
            }
        }

        return sums;
    }

    private void RequireSame(TrainerState state)
    {
        int[] first = FromFirst(() => new[] { state.Epoch, state.Step });
        if (Any(first[0] != state.Epoch || first[1] != state.Step))
        {
            throw new TrainingException($"Rank {Rank} of {Size} stands at epoch {state.Epoch}, step {state.Step}, rank 0 at epoch {first[0]}, step {first[1]}; they or others differ. "
                + "All processes must read one run folder: give --out a path that is the same folder on every machine.");
        }
    }

    private IEnumerable<T> Gather<T>(T value)
    {
        byte[] own = JsonSerializer.SerializeToUtf8Bytes(value, Json);
        using var scope = TensorScope.Begin();
        long[] lengths = _group!.AllGather(Tensor.From([(long)own.Length], 1)).ToArray<long>();
        int most = (int)lengths.Max();
        Array.Resize(ref own, most);
        byte[] all = _group.AllGather(Tensor.From<byte>(own, DType.UInt8, most)).ToArray<byte>();
        return [.. lengths.Select((length, rank) => JsonSerializer.Deserialize<T>(all.AsSpan(rank * most, (int)length), Json)!)];
    }

    /// <summary>Sends tensors of one type and device as one, because each message waits for all processes.</summary>
    private void SpreadTogether(Tensor[] tensors)
    {
        using var scope = TensorScope.Begin();
        Tensor all = Tensor.Cat(0, [.. tensors.Select(tensor => tensor.Detach().Reshape(-1))]);
        _group!.Broadcast(all);
        if (IsFirst)
        {
            return;
        }

        long first = 0;
        foreach (Tensor tensor in tensors)
        {
            tensor.CopyInPlace(all.Narrow(0, first, tensor.NumElements).Reshape(tensor.Shape.ToArray()));
            first += tensor.NumElements;
        }
    }

    private byte[] Spread(byte[] bytes)
    {
        using var scope = TensorScope.Begin();
        Tensor length = Tensor.From([(long)bytes.Length], 1);
        _group!.Broadcast(length);
        Array.Resize(ref bytes, (int)length.ToArray<long>()[0]);
        Tensor content = Tensor.From<byte>(bytes, DType.UInt8, bytes.Length);
        _group.Broadcast(content);
        return content.ToArray<byte>();
    }

    private sealed record Answer<T>(T? Value, string? Problem);
}
