using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>A place in the tree of weights: layers ask for their weights by literal upstream keys below it.</summary>
/// <param name="Source">Where weights come from.</param>
/// <param name="Prefix">Key of the place, without a dot at the end; empty for the root.</param>
[SuppressMessage("Usage", "CA2225:Operator overloads have named alternates", Justification = "A path is written with slashes.")]
public readonly record struct WeightPath(WeightSource Source, string Prefix = "")
{
    /// <summary>A place below.</summary>
    /// <param name="path">The place.</param>
    /// <param name="name">One or more segments.</param>
    /// <returns>The place below.</returns>
    public static WeightPath operator /(WeightPath path, string name) => path with { Prefix = path.Join(name) };

    /// <summary>A numbered place below.</summary>
    /// <param name="path">The place.</param>
    /// <param name="index">The number.</param>
    /// <returns>The place below.</returns>
    public static WeightPath operator /(WeightPath path, int index) => path / index.ToString(CultureInfo.InvariantCulture);

    /// <summary>Gets a weight.</summary>
    /// <param name="name">Last segment of its key.</param>
    /// <param name="shape">The shape that the layer needs.</param>
    /// <param name="init">How it starts when it is fresh.</param>
    /// <returns>The parameter, which the caller registers.</returns>
    /// <exception cref="CheckpointException">There is no such weight, or it has another shape.</exception>
    public Parameter Parameter(string name, long[] shape, Init init)
    {
        string key = Join(name);
        Tensor value = Source.Get(key, shape, init).Own();
        if (value.Shape.SequenceEqual(shape))
        {
            return new Parameter(key, value);
        }

        string actual = value.ToString();
        value.Dispose();
        throw new CheckpointException($"Weight '{key}' must be [{string.Join(", ", shape)}] but its source gave {actual}.");
    }

    private string Join(string name) => string.IsNullOrEmpty(Prefix) ? name : $"{Prefix}.{name}";
}
