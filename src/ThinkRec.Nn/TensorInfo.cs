using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>What a file says about one tensor.</summary>
/// <param name="DType">Element type.</param>
/// <param name="Shape">Sizes of the dimensions.</param>
public sealed record TensorInfo(DType DType, IReadOnlyList<long> Shape)
{
    /// <summary>First byte, counted from the end of the header.</summary>
    internal long Begin { get; init; }

    /// <summary>The byte after the last.</summary>
    internal long End { get; init; }
}
