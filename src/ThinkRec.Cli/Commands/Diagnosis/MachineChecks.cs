using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace ThinkRec.Cli.Commands.Diagnosis;

/// <summary>Looks at everything but the engine.</summary>
internal static class MachineChecks
{
    private const double GiB = 1L << 30;
    private const double EnoughDisk = 5;
    private const double EnoughMemory = 2;

    /// <summary>Looks at versions, CPU, memory and disk.</summary>
    public static IEnumerable<Finding> Run() => [Thinkrec(), DotNet(), System(), Processor(), Memory(), Disk()];

    private static Finding Thinkrec()
    {
        string version = typeof(MachineChecks).Assembly.GetName().Version?.ToString(3) ?? "";
        return Finding.Of("thinkrec", version, null, new { version });
    }

    private static Finding DotNet() => Finding.Of(
        ".NET", RuntimeInformation.FrameworkDescription, null, new { version = Environment.Version.ToString() });

    private static Finding System()
    {
        bool isSupported = OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;
        return Finding.Of(
            "system",
            $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}",
            isSupported ? null : "thinkrec is tested on Linux on x86-64 only; expect to build the shim by hand.");
    }

    private static Finding Processor()
    {
        string model = Field("/proc/cpuinfo", "model name") ?? "unknown";
        string vectors = Avx512F.IsSupported ? "AVX-512" : Avx2.IsSupported ? "AVX2" : "no AVX2";
        return Finding.Of(
            "processor",
            $"{model}, {Environment.ProcessorCount} cores, {vectors}",
            Avx2.IsSupported || !X86Base.IsSupported ? null : "Without AVX2 all work is several times slower; use a newer CPU if you can.",
            new { model, cores = Environment.ProcessorCount, vectors });
    }

    private static Finding Memory()
    {
        double limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / GiB;
        double free = Math.Min(limit, Kilobytes(Field("/proc/meminfo", "MemAvailable")) * 1024 / GiB ?? limit);
        return Finding.Of(
            "memory",
            FormattableString.Invariant($"{free:0.0} of {limit:0.0} GiB free"),
            free >= EnoughMemory ? null : $"Less than {EnoughMemory} GiB: end other programs, or use small models and batches.",
            new { freeGiB = Math.Round(free, 2), totalGiB = Math.Round(limit, 2) });
    }

    private static Finding Disk()
    {
        string folder = Environment.CurrentDirectory;
        double free = new DriveInfo(folder).AvailableFreeSpace / GiB;
        return Finding.Of(
            "disk",
            FormattableString.Invariant($"{free:0.0} GiB free at {folder}"),
            free >= EnoughDisk ? null : $"Less than {EnoughDisk} GiB: checkpoints may not fit; free some space or work on another disk.",
            new { freeGiB = Math.Round(free, 2), folder });
    }

    private static double? Kilobytes(string? text) =>
        double.TryParse(text?.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out double value) ? value : null;

    /// <summary>The value of the first line <c>name : value</c> of a file of the kernel; null when it is not there.</summary>
    public static string? Field(string path, string name) => !File.Exists(path) ? null : File.ReadLines(path)
        .Select(line => line.Split(':', 2))
        .FirstOrDefault(parts => parts.Length == 2 && parts[0].Trim() == name)?[1].Trim();
}
