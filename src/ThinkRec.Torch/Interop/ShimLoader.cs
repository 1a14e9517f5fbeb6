using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace ThinkRec.Torch.Interop;

/// <summary>Finds libtorchshim.so, sets what must be set before libtorch loads, and compares ABI numbers.</summary>
internal static partial class ShimLoader
{
    private const int Abi = 2;
    private const string FileName = "libtorchshim.so";

    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(ShimLoader).Assembly, Resolve);

    /// <summary>Where the shim was found; empty before it is loaded.</summary>
    internal static string LoadedFrom { get; private set; } = "";

    /// <summary>What OPENBLAS_CORETYPE was set to; null when it was left alone.</summary>
    internal static string? ChosenBlasCore { get; private set; }

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != Native.Library)
        {
            return IntPtr.Zero;
        }

        ChooseBlasKernels();
        LimitSpinning();
        Silence();
        var tried = new List<string>();
        foreach (string path in Candidates())
        {
            if (!File.Exists(path))
            {
                tried.Add($"{path} (not there)");
            }
            else if (Load(path, tried) is IntPtr handle && handle != IntPtr.Zero)
            {
                LoadedFrom = path;
                return handle;
            }
        }

        throw new DllNotFoundException($"{FileName} not loaded. Tried {string.Join(", ", tried)}. "
            + "Build it with ./thinkrec doctor in a checkout, or set THINKREC_SHIM to the file.");
    }

    private static IntPtr Load(string path, List<string> tried)
    {
        try
        {
            IntPtr handle = NativeLibrary.Load(path);
            var abi = Marshal.GetDelegateForFunctionPointer<AbiFunction>(NativeLibrary.GetExport(handle, "trs_abi"));
            if (abi() == Abi)
            {
                return handle;
            }

            tried.Add($"{path} (ABI {abi()}, expected {Abi}; build it again)");
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            tried.Add($"{path} ({e.Message.ReplaceLineEndings(" ").Trim()})");
        }

        return IntPtr.Zero;
    }

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable("THINKREC_SHIM") is { Length: > 0 } path)
        {
            yield return path;
            yield break;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
        {
            string artifact = Path.Combine(folder.FullName, "artifacts", "native", FileName);
            if (File.Exists(artifact))
            {
                yield return artifact;
            }
        }

        yield return Path.Combine(AppContext.BaseDirectory, FileName);
    }

    /// <remarks>OpenBLAS takes newer Xeons in a virtual machine for a 2004 CPU and runs at a quarter of the speed.</remarks>
    private static void ChooseBlasKernels()
    {
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable("OPENBLAS_CORETYPE") is { Length: > 0 })
        {
            return;
        }

        string? core = Avx512F.IsSupported && !SplitsAvx512() ? "SKYLAKEX" : Avx2.IsSupported ? "HASWELL" : null;
        if (core != null)
        {
            // The runtime's own setter does not reach native code.
            _ = SetEnvironment("OPENBLAS_CORETYPE", core, 1);
            ChosenBlasCore = core;
        }
    }

    /// <remarks>
    /// Zen 4 (AMD, family 25) runs AVX-512 in two halves: on an EPYC of that family, with two threads, the AVX2 kernels gave 215 to 220
    /// GFLOP/s on square matrices from 512, the AVX-512 ones 207 to 213. Below about 64 x 64 the AVX-512 ones are a fifth faster.
    /// </remarks>
    private static bool SplitsAvx512()
    {
        const int Amd = 0x68747541; // "Auth" of "AuthenticAMD"
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Ebx != Amd)
        {
            return false;
        }

        int version = X86Base.CpuId(1, 0).Eax;
        return ((version >> 8) & 0xF) + ((version >> 20) & 0xFF) == 25;
    }

    /// <remarks>
    /// libgomp's and OpenBLAS's threads both spin while they wait, and on few cores each keeps the other from working: a training step of a
    /// small model took four times as long. What the user has set stays.
    /// </remarks>
    private static void LimitSpinning()
    {
        if (OperatingSystem.IsLinux())
        {
            const int KeepUsersValue = 0;
            _ = SetEnvironment("GOMP_SPINCOUNT", "1000", KeepUsersValue);
            _ = SetEnvironment("OPENBLAS_THREAD_TIMEOUT", "8", KeepUsersValue);
        }
    }

    /// <remarks>libtorch's network code logs each failed attempt on standard error; what comes of it is in the exception. What the user has set stays.</remarks>
    private static void Silence()
    {
        if (OperatingSystem.IsLinux())
        {
            const int KeepUsersValue = 0;
            _ = SetEnvironment("GLOG_minloglevel", "3", KeepUsersValue);
            _ = SetEnvironment("TORCH_CPP_LOG_LEVEL", "FATAL", KeepUsersValue);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    private delegate int AbiFunction();
}
