namespace ThinkRec.Torch;

/// <summary>libtorch refused a call; the text names the operator, its arguments with shapes and types, and libtorch's own words.</summary>
public sealed class TorchException : Exception
{
    /// <summary>Creates an exception with a text.</summary>
    /// <param name="message">What was done to which tensors, and why it was refused.</param>
    public TorchException(string message) : base(message) { }
}
