namespace ThinkRec.Torch;

public sealed partial class Tensor
{
    /// <summary>Adds a multiple of another tensor, here.</summary>
    /// <param name="other">Borrowed; broadcast.</param>
    /// <param name="factor">Multiplies it first.</param>
    public void AddInPlace(Tensor other, double factor = 1) =>
        Ops.AddTensorInPlace.Run(this, other, factor);

    /// <summary>Multiplies by a number, here.</summary>
    /// <param name="factor">The number.</param>
    public void MulInPlace(double factor) =>
        Ops.MulScalarInPlace.Run(this, factor);

    /// <summary>Sets every element to zero, here.</summary>
    public void ZeroInPlace() =>
        Ops.ZeroInPlace.Run(this);

    /// <summary>Sets every element, here.</summary>
    /// <param name="value">The value.</param>
    public void FillInPlace(double value) =>
        Ops.FillScalarInPlace.Run(this, value);

    /// <summary>Copies another tensor's elements, here; converts type and device.</summary>
    /// <param name="source">Borrowed; broadcast.</param>
    public void CopyInPlace(Tensor source) =>
        Ops.CopyInPlace.Run(this, source);

    /// <summary>Draws every element from a normal distribution, here.</summary>
    /// <param name="mean">Mean.</param>
    /// <param name="deviation">Standard deviation.</param>
    /// <param name="generator">Source, borrowed; null for the default.</param>
    public void NormalInPlace(double mean, double deviation, Generator? generator = null) =>
        Ops.NormalInPlace.Run(this, mean, deviation, generator);

    /// <summary>Draws every element evenly from a range, here.</summary>
    /// <param name="low">Lower end.</param>
    /// <param name="high">Upper end.</param>
    /// <param name="generator">Source, borrowed; null for the default.</param>
    public void UniformInPlace(double low, double high, Generator? generator = null) =>
        Ops.UniformInPlace.Run(this, low, high, generator);
}
