using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>How a fresh weight is filled.</summary>
public abstract record Init
{
    /// <summary>Fills a tensor.</summary>
    /// <param name="tensor">The weight, changed in place.</param>
    /// <param name="generator">Source of random numbers, borrowed.</param>
    public abstract void Fill(Tensor tensor, Generator generator);

    /// <summary>All zeros.</summary>
    public sealed record Zeros : Init
    {
        /// <inheritdoc/>
        public override void Fill(Tensor tensor, Generator generator) => tensor.ZeroInPlace();
    }

    /// <summary>All ones.</summary>
    public sealed record Ones : Init
    {
        /// <inheritdoc/>
        public override void Fill(Tensor tensor, Generator generator) => tensor.FillInPlace(1);
    }

    /// <summary>Normal distribution.</summary>
    /// <param name="Deviation">Standard deviation.</param>
    /// <param name="Mean">Mean.</param>
    public sealed record Normal(double Deviation, double Mean = 0) : Init
    {
        /// <inheritdoc/>
        public override void Fill(Tensor tensor, Generator generator) => tensor.NormalInPlace(Mean, Deviation, generator);
    }

    /// <summary>Even distribution.</summary>
    /// <param name="Low">Lower end.</param>
    /// <param name="High">Upper end.</param>
    public sealed record Uniform(double Low, double High) : Init
    {
        /// <inheritdoc/>
        public override void Fill(Tensor tensor, Generator generator) => tensor.UniformInPlace(Low, High, generator);
    }

    /// <summary>±1/√fan-in, which is what torch.nn.Linear draws its weight from (Kaiming uniform with a = √5).</summary>
    public sealed record KaimingUniform : Init
    {
        /// <inheritdoc/>
        public override void Fill(Tensor tensor, Generator generator)
        {
            double bound = 1 / Math.Sqrt(tensor.Size(1));
            tensor.UniformInPlace(-bound, bound, generator);
        }
    }

    /// <summary>±1/√fan-in for a bias, as torch.nn.Linear draws it.</summary>
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

    /// <summary>Even distribution with variance 2 / (fan-in + fan-out), as torch.nn.init.xavier_uniform_.</summary>
    public sealed record XavierUniform : Init
    {
        /// <inheritdoc/>
        public override void Fill(Tensor tensor, Generator generator)
        {
            double bound = Math.Sqrt(6.0 / (tensor.Size(0) + tensor.Size(1)));
            tensor.UniformInPlace(-bound, bound, generator);
        }
    }
}
