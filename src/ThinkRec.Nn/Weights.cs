using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Where a layer's weights come from; the layer asks by key, shape and initialisation.</summary>
public abstract class WeightSource
{
    /// <summary>Gives one weight.</summary>
    /// <param name="key">Full upstream key.</param>
    /// <param name="shape">Shape the layer needs.</param>
    /// <param name="init">How to fill it when it is fresh.</param>
    /// <returns>A tensor owned by the caller.</returns>
    public abstract Tensor Get(string key, long[] shape, Init init);
}

/// <summary>New weights.</summary>
/// <param name="generator">Source of random numbers, borrowed.</param>
public sealed class FreshWeights(Generator generator) : WeightSource
{
    /// <inheritdoc/>
    public override Tensor Get(string key, long[] shape, Init init)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = NoGrad.Begin();
        Tensor weight = Tensor.Empty(shape);
        init.Fill(weight, generator);
        return weight.Own();
    }
}

/// <summary>Weights of a safetensors file. A weight that does not fit ends the building of a model: those given before are freed.</summary>
/// <param name="file">The file, borrowed.</param>
public sealed class FileWeights(SafetensorsFile file) : WeightSource
{
    private readonly List<Tensor> _given = [];

    /// <inheritdoc/>
    public override Tensor Get(string key, long[] shape, Init init)
    {
        try
        {
            _given.Add(Read(key, shape));
            return _given[^1];
        }
        catch
        {
            _given.ForEach(t => t.Dispose());
            throw;
        }
    }

    private Tensor Read(string key, long[] shape)
    {
        if (!file.Contains(key))
        {
            throw new CheckpointException($"Weight '{key}' [{string.Join(", ", shape)}] is not in {file.Path} ({file.Keys.Count} tensors). Nearest: '{Nearest(key)}'. Does the file belong to this model?");
        }

        TensorInfo info = file.Describe(key);
        if (!info.Shape.SequenceEqual(shape))
        {
            throw new CheckpointException($"Weight '{key}' in {file.Path} must be [{string.Join(", ", shape)}] but is [{string.Join(", ", info.Shape)}]. Does the file belong to this model?");
        }

        using var scope = TensorScope.Begin();
        Tensor weight = file.Read(key, requireFinite: true);
        return (weight.DType == DType.Float32 ? weight : weight.To(DType.Float32)).Own();
    }

    private string Nearest(string key) => file.Keys.MaxBy(k => CommonTail(k, key)) ?? "none";

    private static int CommonTail(string a, string b)
    {
        int count = 0;
        while (count < a.Length && count < b.Length && a[^(count + 1)] == b[^(count + 1)])
        {
            count++;
        }

        return count;
    }
}

/// <summary>A place in the tree of keys, with the source behind it.</summary>
/// <param name="Source">Where weights come from.</param>
/// <param name="Prefix">Key so far, without a final dot.</param>
public readonly record struct WeightPath(WeightSource Source, string Prefix = "")
{
    /// <summary>Goes down by a name.</summary>
    /// <param name="path">From here.</param>
    /// <param name="name">Literal upstream name.</param>
    /// <returns>The place below.</returns>
    public static WeightPath operator /(WeightPath path, string name) =>
        path with { Prefix = path.Prefix.Length == 0 ? name : $"{path.Prefix}.{name}" };

    /// <summary>Goes down by a number.</summary>
    /// <param name="path">From here.</param>
    /// <param name="index">Number of a list element.</param>
    /// <returns>The place below.</returns>
    public static WeightPath operator /(WeightPath path, int index) => path / $"{index}";

    /// <summary>Makes a parameter at this place.</summary>
    /// <param name="name">Last part of the key.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="init">How to fill it when it is fresh.</param>
    /// <returns>The parameter, trainable.</returns>
    public Parameter Parameter(string name, long[] shape, Init init)
    {
        string key = (this / name).Prefix;
        return new Parameter(key, Source.Get(key, shape, init)) { Trainable = true };
    }
}
