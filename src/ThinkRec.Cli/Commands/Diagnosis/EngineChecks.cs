using System.Diagnostics;
using System.Runtime.Intrinsics.X86;
using ThinkRec.Torch;

namespace ThinkRec.Cli.Commands.Diagnosis;

/// <summary>Looks at libtorch: whether it loads, how it is set up, how fast it multiplies, which GPUs it sees.</summary>
internal static class EngineChecks
{
    private const int MatrixSize = 1024;
    private const double SlowGflopsPerThread = 15;
    private const string CoreVariable = "OPENBLAS_CORETYPE";
    private static readonly TimeSpan MeasuringTime = TimeSpan.FromSeconds(0.4);

    // Kernels that OpenBLAS falls back to when it does not know the CPU; none of them uses AVX2.
    private static readonly string[] OldCores = ["Prescott", "Core2", "Nehalem", "Sandybridge", "Generic"];

    /// <summary>Looks at everything; at a single error where the engine does not load.</summary>
    public static IEnumerable<Finding> Run()
    {
        try
        {
            Engine.EnsureLoaded();
        }
        catch (Exception exception) when (Cause(exception) is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            string shim = Environment.GetEnvironmentVariable("THINKREC_SHIM") is { Length: > 0 } path ? $"THINKREC_SHIM is {path}: " : "";
            return [new Finding(
                "engine",
                Level.Error,
                Cause(exception).Message.ReplaceLineEndings(" "),
                shim + "build the shim with 'eng/bootstrap.sh cli' in a checkout, or set THINKREC_SHIM to a libtorchshim.so and see that its libtorch is installed.")];
        }

        return [Library(), Blas(), Threads(), Speed(), Gpus()];
    }

    private static Exception Cause(Exception exception) =>
        exception is TypeInitializationException { InnerException: { } inner } ? Cause(inner) : exception;

    private static Finding Library() => Finding.Of(
        "engine", $"libtorch {Engine.Version}, shim {Engine.ShimPath}", null, new { Engine.Version, Engine.ShimPath });

    private static Finding Blas()
    {
        string core = Engine.BlasCore;
        string? wanted = Environment.GetEnvironmentVariable(CoreVariable);
        string origin = wanted is { Length: > 0 } ? $"{CoreVariable}={wanted} was set by you"
            : Engine.ChosenBlasCore is { } chosen ? $"{CoreVariable}={chosen} was set by thinkrec"
            : $"{CoreVariable} is not set";
        bool isOld = Avx2.IsSupported && OldCores.Contains(core, StringComparer.OrdinalIgnoreCase);
        return Finding.Of(
            "BLAS kernels",
            $"{(core.Length > 0 ? core : "not told by this BLAS")}; {origin}",
            isOld ? $"These kernels leave AVX2 unused; unset {CoreVariable}, or set it to HASWELL." : null,
            new { core, setByUser = wanted, setByThinkrec = Engine.ChosenBlasCore });
    }

    private static Finding Threads()
    {
        int threads = Engine.Threads;
        int cores = Environment.ProcessorCount;
        string? advice = threads > cores ? $"More threads than cores slow each other down; unset THINKREC_THREADS or set it to {cores}."
            : threads < cores ? $"Some cores stay idle; unset THINKREC_THREADS to use all {cores}."
            : null;
        return Finding.Of("threads", $"{threads} for {cores} cores", advice, new { threads, cores });
    }

    private static Finding Speed()
    {
        double gflops = MeasureGflops();
        bool isSlow = gflops < SlowGflopsPerThread * Math.Min(Engine.Threads, Environment.ProcessorCount);
        return Finding.Of(
            "matrix product",
            FormattableString.Invariant($"{gflops:0} GFLOP/s, fp32, {MatrixSize} x {MatrixSize}"),
            isSlow ? "Slow for this many threads: see whether other programs keep the cores busy, and which BLAS kernels are in use." : null,
            new { gflops = Math.Round(gflops, 1), size = MatrixSize });
    }

    /// <summary>The best of several products; the first one is not counted, it wakes threads and fills caches.</summary>
    private static double MeasureGflops()
    {
        using var scope = TensorScope.Begin();
        Tensor left = Tensor.Full([MatrixSize, MatrixSize], 0.5);
        Tensor right = Tensor.Full([MatrixSize, MatrixSize], 0.25);
        left.MatMul(right);
        TimeSpan best = TimeSpan.MaxValue;
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < MeasuringTime;)
        {
            using var product = TensorScope.Begin();
            long begin = Stopwatch.GetTimestamp();
            left.MatMul(right);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(begin);
            best = elapsed < best ? elapsed : best;
        }

        return 2.0 * MatrixSize * MatrixSize * MatrixSize / best.TotalSeconds / 1e9;
    }

    private static Finding Gpus()
    {
        const string Driver = "/proc/driver/nvidia/gpus";
        int usable = Engine.CudaDevices;
        string[] models = Directory.Exists(Driver)
            ? [.. Directory.GetDirectories(Driver).Select(gpu => MachineChecks.Field(Path.Combine(gpu, "information"), "Model") ?? "NVIDIA GPU")]
            : [];
        string value = usable > 0 ? $"{usable} usable" : models.Length > 0 ? "none usable" : "none; the CPU does the work";
        return Finding.Of(
            "GPUs",
            models.Length > 0 ? $"{value} ({string.Join(", ", models)})" : value,
            usable == 0 && models.Length > 0
                ? "This libtorch has no CUDA or does not fit the driver: set LIBTORCH to a CUDA build of libtorch and run 'eng/bootstrap.sh cli'."
                : null,
            new { usable, models });
    }
}
