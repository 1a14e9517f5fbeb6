namespace ThinkRec.Torch;

public sealed partial class Tensor
{
    /// <summary>Elementwise add, with broadcasting.</summary>
    /// <param name="other">The right operand, borrowed; broadcast.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Add(Tensor other) =>
        Ops.AddTensor.Call(this, other);

    /// <summary>Elementwise add with a number.</summary>
    /// <param name="other">The number.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Add(double other) =>
        Ops.AddScalar.Call(this, other);

    /// <summary>Elementwise sub, with broadcasting.</summary>
    /// <param name="other">The right operand, borrowed; broadcast.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Sub(Tensor other) =>
        Ops.SubTensor.Call(this, other);

    /// <summary>Elementwise sub with a number.</summary>
    /// <param name="other">The number.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Sub(double other) =>
        Ops.SubScalar.Call(this, other);

    /// <summary>Elementwise mul, with broadcasting.</summary>
    /// <param name="other">The right operand, borrowed; broadcast.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Mul(Tensor other) =>
        Ops.MulTensor.Call(this, other);

    /// <summary>Elementwise mul with a number.</summary>
    /// <param name="other">The number.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Mul(double other) =>
        Ops.MulScalar.Call(this, other);

    /// <summary>Elementwise div, with broadcasting.</summary>
    /// <param name="other">The right operand, borrowed; broadcast.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Div(Tensor other) =>
        Ops.DivTensor.Call(this, other);

    /// <summary>Elementwise div with a number.</summary>
    /// <param name="other">The number.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Div(double other) =>
        Ops.DivScalar.Call(this, other);

    /// <summary>Negation.</summary>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Neg() =>
        Ops.Neg.Call(this);

    /// <summary>Elementwise power.</summary>
    /// <param name="exponent">The exponent.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Pow(double exponent) =>
        Ops.PowTensorScalar.Call(this, exponent);

    /// <summary>e to the power of each element.</summary>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Exp() =>
        Ops.Exp.Call(this);

    /// <summary>Natural logarithm.</summary>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Log() =>
        Ops.Log.Call(this);

    /// <summary>Square root.</summary>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Sqrt() =>
        Ops.Sqrt.Call(this);

    /// <summary>One over the square root.</summary>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Rsqrt() =>
        Ops.Rsqrt.Call(this);

    /// <summary>Logistic function.</summary>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Sigmoid() =>
        Ops.Sigmoid.Call(this);

    /// <summary>x · sigmoid(x).</summary>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Silu() =>
        Ops.Silu.Call(this);

    /// <summary>max(x, 0).</summary>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Relu() =>
        Ops.Relu.Call(this);

    /// <summary>Hyperbolic tangent.</summary>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Tanh() =>
        Ops.Tanh.Call(this);

    /// <summary>Cosine.</summary>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Cos() =>
        Ops.Cos.Call(this);

    /// <summary>Sine.</summary>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Sin() =>
        Ops.Sin.Call(this);

    /// <summary>Absolute value.</summary>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Abs() =>
        Ops.Abs.Call(this);

    /// <summary>True where the element is neither NaN nor infinite.</summary>
    /// <returns>The result, in the current scope.</returns>
    public Tensor IsFinite() =>
        Ops.Isfinite.Call(this);

    /// <summary>True where the element is zero.</summary>
    /// <returns>The result, in the current scope.</returns>
    public Tensor LogicalNot() =>
        Ops.LogicalNot.Call(this);

    /// <summary>Limits each element.</summary>
    /// <param name="min">Lower limit, or null.</param>
    /// <param name="max">Upper limit, or null.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Clamp(double? min, double? max) =>
        Ops.Clamp.Call(this, min is double a ? a : Arg.None, max is double b ? b : Arg.None);

    /// <summary>Elementwise comparison (eq) with a number.</summary>
    /// <param name="other">The number.</param>
    /// <returns>A Bool tensor.</returns>
    public Tensor Eq(double other) =>
        Ops.EqScalar.Call(this, other);

    /// <summary>Elementwise comparison (eq), with broadcasting.</summary>
    /// <param name="other">The right operand, borrowed; broadcast.</param>
    /// <returns>A Bool tensor.</returns>
    public Tensor Eq(Tensor other) =>
        Ops.EqTensor.Call(this, other);

    /// <summary>Elementwise comparison (ne) with a number.</summary>
    /// <param name="other">The number.</param>
    /// <returns>A Bool tensor.</returns>
    public Tensor Ne(double other) =>
        Ops.NeScalar.Call(this, other);

    /// <summary>Elementwise comparison (ne), with broadcasting.</summary>
    /// <param name="other">The right operand, borrowed; broadcast.</param>
    /// <returns>A Bool tensor.</returns>
    public Tensor Ne(Tensor other) =>
        Ops.NeTensor.Call(this, other);

    /// <summary>Elementwise comparison (lt) with a number.</summary>
    /// <param name="other">The number.</param>
    /// <returns>A Bool tensor.</returns>
    public Tensor Lt(double other) =>
        Ops.LtScalar.Call(this, other);

    /// <summary>Elementwise comparison (lt), with broadcasting.</summary>
    /// <param name="other">The right operand, borrowed; broadcast.</param>
    /// <returns>A Bool tensor.</returns>
    public Tensor Lt(Tensor other) =>
        Ops.LtTensor.Call(this, other);

    /// <summary>Elementwise comparison (gt) with a number.</summary>
    /// <param name="other">The number.</param>
    /// <returns>A Bool tensor.</returns>
    public Tensor Gt(double other) =>
        Ops.GtScalar.Call(this, other);

    /// <summary>Elementwise comparison (gt), with broadcasting.</summary>
    /// <param name="other">The right operand, borrowed; broadcast.</param>
    /// <returns>A Bool tensor.</returns>
    public Tensor Gt(Tensor other) =>
        Ops.GtTensor.Call(this, other);

    /// <summary>Elementwise comparison (le) with a number.</summary>
    /// <param name="other">The number.</param>
    /// <returns>A Bool tensor.</returns>
    public Tensor Le(double other) =>
        Ops.LeScalar.Call(this, other);

    /// <summary>Elementwise comparison (le), with broadcasting.</summary>
    /// <param name="other">The right operand, borrowed; broadcast.</param>
    /// <returns>A Bool tensor.</returns>
    public Tensor Le(Tensor other) =>
        Ops.LeTensor.Call(this, other);

    /// <summary>Elementwise comparison (ge) with a number.</summary>
    /// <param name="other">The number.</param>
    /// <returns>A Bool tensor.</returns>
    public Tensor Ge(double other) =>
        Ops.GeScalar.Call(this, other);

    /// <summary>Elementwise comparison (ge), with broadcasting.</summary>
    /// <param name="other">The right operand, borrowed; broadcast.</param>
    /// <returns>A Bool tensor.</returns>
    public Tensor Ge(Tensor other) =>
        Ops.GeTensor.Call(this, other);

    /// <summary>Chooses elementwise: this where the condition holds, else other.</summary>
    /// <param name="condition">Bool, borrowed.</param>
    /// <param name="other">Borrowed; broadcast.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor Where(Tensor condition, Tensor other) =>
        Ops.WhereSelf.Call(condition, this, other);

    /// <summary>Replaces the elements where the mask is true.</summary>
    /// <param name="mask">Bool, broadcast, borrowed.</param>
    /// <param name="value">The replacement.</param>
    /// <returns>The result, in the current scope.</returns>
    public Tensor MaskedFill(Tensor mask, double value) =>
        Ops.MaskedFillScalar.Call(this, mask, value);

    /// <summary>Elementwise sum.</summary>
    /// <param name="left">Borrowed.</param>
    /// <param name="right">Borrowed.</param>
    /// <returns>The result, in the current scope.</returns>
    public static Tensor operator +(Tensor left, Tensor right) => left.Add(right);

    /// <summary>Elementwise difference.</summary>
    /// <param name="left">Borrowed.</param>
    /// <param name="right">Borrowed.</param>
    /// <returns>The result, in the current scope.</returns>
    public static Tensor operator -(Tensor left, Tensor right) => left.Sub(right);

    /// <summary>Elementwise product.</summary>
    /// <param name="left">Borrowed.</param>
    /// <param name="right">Borrowed.</param>
    /// <returns>The result, in the current scope.</returns>
    public static Tensor operator *(Tensor left, Tensor right) => left.Mul(right);

    /// <summary>Product with a number.</summary>
    /// <param name="left">Borrowed.</param>
    /// <param name="right">The number.</param>
    /// <returns>The result, in the current scope.</returns>
    public static Tensor operator *(Tensor left, double right) => left.Mul(right);

    /// <summary>Elementwise quotient.</summary>
    /// <param name="left">Borrowed.</param>
    /// <param name="right">Borrowed.</param>
    /// <returns>The result, in the current scope.</returns>
    public static Tensor operator /(Tensor left, Tensor right) => left.Div(right);
}
