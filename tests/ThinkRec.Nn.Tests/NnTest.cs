using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

/// <summary>A test class that counts live tensors and makes random ones.</summary>
public abstract class NnTest : TensorTest
{
    /// <summary>A tensor of standard normal numbers, in the current scope.</summary>
    protected static Tensor Normal(Generator generator, params long[] shape)
    {
        Tensor tensor = Tensor.Empty(shape);
        tensor.NormalInPlace(0, 1, generator);
        return tensor;
    }
}
