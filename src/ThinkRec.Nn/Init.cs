using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>How a fresh weight starts.</summary>
public abstract record Init
{
    /// <summary>Sets every element.</summary>
    /// <param name="tensor">The weight, on the CPU, outside any graph.</param>
    /// <param name="generator">Source of the numbers, borrowed.</param>
    public abstract void Fill(Tensor tensor, Generator generator);

    private static (double In, double Out) Fans(Tensor tensor)
    {
        ReadOnlySpan<long> shape = tensor.Shape;
        if (shape.Length < 2)
        {
            throw new ArgumentException($"{tensor}: an initialiser that depends on the number of inputs needs a matrix [out, in].");
        }

        return (tensor.NumElements / shape[0], tensor.NumElements / shape[1]);
    }

    /// <summary>Normal distribution.</summary>
    /// <param name="Std">Standard deviation.</param>
    /// <param name="Mean">Mean.</param>
    public sealed record Normal(double Std, double Mean = 0) : Init
    {
        /// <inheritdoc/>
        public override void Fill(Tensor tensor, Generator generator) => tensor.NormalInPlace(Mean, Std, generator);
    }

    /// <summary>Uniform distribution.</summary>
    /// <param name="Low">Lower end.</param>
    /// <param name="High">Upper end.</param>
    public sealed record Uniform(double Low, double High) : Init
    {
        /// <inheritdoc/>
        public override void Fill(Tensor tensor, Generator generator) => tensor.UniformInPlace(Low, High, generator);
    }

    /// <summary>All zero.</summary>
    public sealed record Zeros : Init
    {
        /// <inheritdoc/>
        public override void Fill(Tensor tensor, Generator generator) => tensor.ZeroInPlace();
    }

    /// <summary>All one.</summary>
    public sealed record Ones : Init
    {
        /// <inheritdoc/>
        public override void Fill(Tensor tensor, Generator generator) => tensor.FillInPlace(1);
    }

    /// <summary>Uniform within ±1/√in: torch.nn.Linear's own default (Kaiming with a = √5).</summary>
    public sealed record KaimingUniform : Init
    {
        /// <inheritdoc/>
        public override void Fill(Tensor tensor, Generator generator)
        {
            double bound = 1 / Math.Sqrt(Fans(tensor).In);
            tensor.UniformInPlace(-bound, bound, generator);
        }
    }

    /// <summary>Normal with variance 2 / (in + out).</summary>
    public sealed record XavierNormal : Init
    {
        /// <inheritdoc/>
        public override void Fill(Tensor tensor, Generator generator)
        {
            (double fanIn, double fanOut) = Fans(tensor);
            tensor.NormalInPlace(0, Math.Sqrt(2 / (fanIn + fanOut)), generator);
        }
    }

    /// <summary>Uniform with variance 2 / (in + out).</summary>
    public sealed record XavierUniform : Init
    {
        /// <inheritdoc/>
        public override void Fill(Tensor tensor, Generator generator)
        {
            (double fanIn, double fanOut) = Fans(tensor);
            double bound = Math.Sqrt(6 / (fanIn + fanOut));
            tensor.UniformInPlace(-bound, bound, generator);
        }
    }

    /// <summary>Uniform within ±1/√fanIn: the bias of torch.nn.Linear.</summary>
    /// <param name="FanIn">Inputs of the layer.</param>
    public sealed record LinearBias(long FanIn) : Init
    {
        /// <inheritdoc/>
        public override void Fill(Tensor tensor, Generator generator)
        {
            double bound = 1 / Math.Sqrt(FanIn);
            tensor.UniformInPlace(-bound, bound, generator);
        }
    }

    /// <summary>Another initialiser, with one row of zeros: padding.</summary>
    /// <param name="Inner">How the other rows start.</param>
    /// <param name="Row">The row of zeros.</param>
    public sealed record WithZeroRow(Init Inner, long Row) : Init
    {
        /// <inheritdoc/>
        public override void Fill(Tensor tensor, Generator generator)
        {
            using var scope = TensorScope.Begin();
            Inner.Fill(tensor, generator);
            tensor.Select(0, Row).ZeroInPlace();
        }
    }
}
