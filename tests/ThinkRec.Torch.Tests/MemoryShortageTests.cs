using ThinkRec.TestKit;

namespace ThinkRec.Torch.Tests;

public sealed class MemoryShortageTests : TensorTest
{
    [Fact]
    public void A_tensor_larger_than_any_memory_is_refused_with_its_size_and_a_remedy()
    {
        using var scope = TensorScope.Begin();
        Tensor column = Tensor.Zeros([1 << 22, 1]), row = Tensor.Zeros([1, 1 << 22]);

        var refused = Assert.Throws<TensorMemoryException>(() => column * row);

        Assert.StartsWith("aten::mul.Tensor(self Float32[4194304, 1] cpu, other Float32[1, 4194304] cpu): there is not enough main memory for ", refused.Message, StringComparison.Ordinal);
        Assert.Matches("for 67108864[.]0 MiB more[.]", refused.Message);
        Assert.Contains("Lower the batch size", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, Tensor.Full([2], 1).Sum().ToDouble());
    }

    [Theory]
    [InlineData("[enforce fail at alloc_cpu.cpp:66] . DefaultCPUAllocator: can't allocate memory: you tried to allocate 1048576 bytes. Error code 12 (Cannot allocate memory)", "main memory for 1.0 MiB more")]
    [InlineData("CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0; 7.79 GiB total capacity; 5.00 GiB already allocated)", "GPU memory for 20.00 MiB more")]
    [InlineData("CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 139.81 GiB of which 1.00 GiB is free.", "GPU memory for 2.50 GiB more")]
    [InlineData("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`", "GPU memory. Lower")]
    [InlineData("std::bad_alloc", "main memory. Lower")]
    public void Every_allocator_is_understood(string reason, string expected)
    {
        Exception found = TensorMemoryException.Of("aten::mm(a, b)", reason);

        Assert.IsType<TensorMemoryException>(found);
        Assert.StartsWith("aten::mm(a, b): there is not enough ", found.Message, StringComparison.Ordinal);
        Assert.Contains(expected, found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_refusal_is_no_shortage() =>
        Assert.Equal("aten::mm: shapes differ", Assert.IsType<TorchException>(TensorMemoryException.Of("aten::mm", "shapes differ")).Message);
}
