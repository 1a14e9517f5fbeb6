using ThinkRec.TestKit;

namespace ThinkRec.Torch.Tests;

public sealed class EngineTests : TensorTest
{
    [Fact]
    public void Gradients_of_a_product_are_the_other_factor()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.From([1f, 2f, 3f], 3);
        Tensor y = Tensor.From([4f, 5f, 6f], 3);
        x.RequiresGrad = true;

        (x * y).Sum().Backward();

        Assert.Equal([4f, 5f, 6f], x.Grad()!.ToArray<float>());
        Assert.Null(y.Grad());
    }

    [Fact]
    public void Errors_name_operator_arguments_shapes_and_types()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Zeros([2, 3]);
        Tensor y = Tensor.Zeros([2, 3], DType.Float64);

        var error = Assert.Throws<TorchException>(() => x.MatMul(y));

        Assert.Contains("aten::matmul(self Float32[2, 3] cpu, other Float64[2, 3] cpu)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_engine_tells_what_it_runs_on()
    {
        Engine.EnsureLoaded();
        Engine.Synchronize(Device.Cpu);

        Assert.Matches(@"^\d+\.\d+", Engine.Version);
        Assert.InRange(Engine.Threads, 1, 1024);
        Assert.True(File.Exists(Engine.ShimPath), Engine.ShimPath);
        Assert.InRange(Engine.CudaDevices, 0, 64);
    }

    [Fact]
    public void The_blas_does_not_run_kernels_of_a_2004_cpu()
    {
        Assert.SkipUnless(System.Runtime.Intrinsics.X86.Avx2.IsSupported, "the CPU has no AVX2");
        Assert.SkipWhen(Engine.BlasCore.Length == 0, "the BLAS does not tell its kernels");

        Assert.NotEqual("Prescott", Engine.BlasCore, StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public void Sizes_of_types_are_libtorchs()
    {
        using var scope = TensorScope.Begin();

        foreach (DType dtype in Enum.GetValues<DType>())
        {
            Tensor bytes = new Op("aten::view", "dtype").Call(Tensor.Zeros([3], dtype), DType.UInt8);

            Assert.Equal(3 * dtype.Size(), bytes.NumElements);
        }
    }
}
