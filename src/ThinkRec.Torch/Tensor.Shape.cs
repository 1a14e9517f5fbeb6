namespace ThinkRec.Torch;

public sealed partial class Tensor
{
    /// <summary>The same elements under another shape; one size may be -1.</summary>
    /// <param name="shape">Sizes.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Reshape(params long[] shape) =>
        Ops.Reshape.Call(this, shape);

    /// <summary>Swaps two dimensions.</summary>
    /// <param name="first">A dimension.</param>
    /// <param name="second">Another.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Transpose(long first, long second) =>
        Ops.TransposeInt.Call(this, first, second);

    /// <summary>Reorders the dimensions.</summary>
    /// <param name="dimensions">For each new dimension the old one.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Permute(params long[] dimensions) =>
        Ops.Permute.Call(this, dimensions);

    /// <summary>Inserts a dimension of size one.</summary>
    /// <param name="dimension">Where.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Unsqueeze(long dimension) =>
        Ops.Unsqueeze.Call(this, dimension);

    /// <summary>Removes a dimension of size one.</summary>
    /// <param name="dimension">Which.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Squeeze(long dimension) =>
        Ops.SqueezeDim.Call(this, dimension);

    /// <summary>Repeats by broadcasting, without copying; -1 keeps a size.</summary>
    /// <param name="shape">Sizes.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Expand(params long[] shape) =>
        Ops.Expand.Call(this, shape);

    /// <summary>One slice of a dimension, which disappears.</summary>
    /// <param name="dimension">Which.</param>
    /// <param name="index">Negative counts from the end.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Select(long dimension, long index) =>
        Ops.SelectInt.Call(this, dimension, index);

    /// <summary>A range of a dimension, as a view.</summary>
    /// <param name="dimension">Which.</param>
    /// <param name="start">First index.</param>
    /// <param name="length">How many.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Narrow(long dimension, long start, long length) =>
        Ops.Narrow.Call(this, dimension, start, length);

    /// <summary>Rows (or slices of a dimension) by number.</summary>
    /// <param name="dimension">Which.</param>
    /// <param name="index">Int64 [n], borrowed.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor IndexSelect(long dimension, Tensor index) =>
        Ops.IndexSelect.Call(this, dimension, index);

    /// <summary>One element per index along a dimension.</summary>
    /// <param name="dimension">Which.</param>
    /// <param name="index">Int64 of this tensor's rank, borrowed.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Gather(long dimension, Tensor index) =>
        Ops.Gather.Call(this, dimension, index);

    /// <summary>Elements at paired indices, one index tensor per leading dimension.</summary>
    /// <param name="indices">Int64, broadcast together, borrowed.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Index(params Tensor[] indices) =>
        Ops.IndexTensor.Call(this, indices);

    /// <summary>Joins tensors along an existing dimension.</summary>
    /// <param name="dimension">Which.</param>
    /// <param name="tensors">Borrowed.</param>
    /// <returns>The result, in the current scope.</returns>
    public static Tensor Cat(long dimension, params Tensor[] tensors) =>
        Ops.Cat.Call(tensors, dimension);

    /// <summary>Joins tensors along a new dimension.</summary>
    /// <param name="dimension">Where.</param>
    /// <param name="tensors">All of one shape; borrowed.</param>
    /// <returns>The result, in the current scope.</returns>
    public static Tensor Stack(long dimension, params Tensor[] tensors) =>
        Ops.Stack.Call(tensors, dimension);

    /// <summary>The same elements laid out in row-major order; a copy only where needed.</summary>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Contiguous() =>
        Ops.Contiguous.Call(this);

    /// <summary>A copy with memory of its own.</summary>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Clone() =>
        Ops.Clone.Call(this);

    /// <summary>The same memory, cut off from the graph.</summary>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Detach() =>
        Ops.Detach.Call(this);

    /// <summary>A second reference to the same tensor, for returning an argument.</summary>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Alias() =>
        Ops.Alias.Call(this);

    /// <summary>Converts the element type; the same memory when it is that type already.</summary>
    /// <param name="dtype">The type.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor To(DType dtype) =>
        Ops.ToDtype.Call(this, dtype);

    /// <summary>Moves to a device; the same memory when it lies there already.</summary>
    /// <param name="device">The device.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor To(Device device) =>
        Ops.ToDtypeLayout.Call(this, Arg.None, Arg.None, device);

    /// <summary>Upper triangle of the last two dimensions; the rest becomes zero.</summary>
    /// <param name="diagonal">Above the main one when positive.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Triu(long diagonal = 0) =>
        Ops.Triu.Call(this, diagonal);
}
