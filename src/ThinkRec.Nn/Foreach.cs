using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Operators over lists of tensors, with overloads that libtorch 1.13 and 2.x share.</summary>
internal static class Foreach
{
    internal static readonly Op Add = new("aten::_foreach_add", "List");
    internal static readonly Op AddInPlace = new("aten::_foreach_add_", "List");
    internal static readonly Op AddScalarInPlace = new("aten::_foreach_add_", "Scalar");
    internal static readonly Op MulInPlace = new("aten::_foreach_mul_", "Scalar");
    internal static readonly Op DivInPlace = new("aten::_foreach_div_", "Scalar");
    internal static readonly Op AddProductInPlace = new("aten::_foreach_addcmul_", "Scalar");
    internal static readonly Op AddQuotientInPlace = new("aten::_foreach_addcdiv_", "Scalar");
    internal static readonly Op Sqrt = new("aten::_foreach_sqrt");
    internal static readonly Op Norm = new("aten::_foreach_norm", "Scalar");
}
