using System.Globalization;
using ThinkRec.Torch.Interop;

namespace ThinkRec.Torch;

/// <summary>The engine as a whole: loading, threads, versions, switches that belong to no tensor.</summary>
public static class Engine
{
    private static readonly Lazy<bool> Loading = new(Load);

    [ThreadStatic] private static bool s_threadPrepared;

    /// <summary>Version of libtorch that the shim was built against.</summary>
    public static string Version => Loaded(() => Native.Text(Native.trs_torch_version()));

    /// <summary>Threads that one operator may use.</summary>
    public static int Threads => Loaded(Native.trs_threads);

    /// <summary>Name of the BLAS kernels in use, such as <c>SkylakeX</c>; empty when the BLAS does not tell.</summary>
    public static string BlasCore => Loaded(() => Native.Text(Native.trs_blas_core()));

    /// <summary>The kernels that loading asked OpenBLAS for; null when the user had set OPENBLAS_CORETYPE, or nothing was asked.</summary>
    public static string? ChosenBlasCore => Loaded(() => ShimLoader.ChosenBlasCore);

    /// <summary>Number of GPUs that this libtorch can use.</summary>
    public static int CudaDevices => Loaded(Native.trs_cuda_devices);

    /// <summary>Path of the shim in use.</summary>
    public static string ShimPath => Loaded(() => ShimLoader.LoadedFrom);

    /// <summary>Loads the engine now rather than at the first operator.</summary>
    /// <exception cref="DllNotFoundException">The shim or libtorch is missing; lists every path tried.</exception>
    public static void EnsureLoaded() => _ = Loading.Value;

    /// <summary>Seeds the CPU's default generator, which dropout and in-place initialisers draw from.</summary>
    /// <param name="seed">Any number.</param>
    public static void ManualSeed(long seed) => Generator.Default.Seed(seed);

    /// <summary>Waits until a device has done all that was asked of it.</summary>
    /// <param name="device">The device; returns at once for the CPU.</param>
    public static void Synchronize(Device device)
    {
        EnsureLoaded();
        Native.Check(Native.trs_synchronize(device.Type, device.Index), $"synchronise {device}");
    }

    /// <summary>Runs a loop in ranges on as many threads as one operator may use, with denormal numbers flushed there as in the engine.</summary>
    /// <param name="count">Turns of the loop.</param>
    /// <param name="least">Turns that are worth a thread, 1 or more.</param>
    /// <param name="body">Gets the first turn and the one after the last; must not depend on how the turns are divided.</param>
    public static void ForRanges(int count, int least, Action<int, int> body)
    {
        int parts = Math.Clamp(count / least, 1, Threads);
        if (parts == 1)
        {
            PrepareThread();
            body(0, count);
            return;
        }

        Parallel.For(0, parts, part =>
        {
            PrepareThread();
            body((int)((long)count * part / parts), (int)((long)count * (part + 1) / parts));
        });
    }

    /// <summary>Denormal numbers cost a hundredfold; the switch is per thread.</summary>
    internal static void PrepareThread()
    {
        if (!s_threadPrepared)
        {
            Native.trs_flush_denormals();
            s_threadPrepared = true;
        }
    }

    private static T Loaded<T>(Func<T> read)
    {
        EnsureLoaded();
        return read();
    }

    private static bool Load()
    {
        string? wanted = Environment.GetEnvironmentVariable("THINKREC_THREADS") ?? Environment.GetEnvironmentVariable("OMP_NUM_THREADS");
        int threads = int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n > 0
            ? n : Environment.ProcessorCount;
        Native.trs_init(threads);
        return true;
    }
}
