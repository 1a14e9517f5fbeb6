using System.Diagnostics;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>Runs the set-up script of a copied checkout on machines that are pretended by a folder of stand-in programs.</summary>
public sealed class BootstrapTests : IDisposable
{
    private const string Debian = "ID=debian\nVERSION_ID=\"12\"\n";
    private const string Packages = "g++ cmake make libtorch-dev libopenblas0-pthread libgloo-dev";
    private const string ByHand = "apt-get update && apt-get install -y --no-install-recommends " + Packages;
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _environment = [];

    public BootstrapTests()
    {
        Directory.CreateDirectory(_folder.File("checkout/eng"));
        Directory.CreateDirectory(_folder.File("bin"));
        Directory.CreateDirectory(_folder.File("root/etc"));
        File.Copy(Path.Combine(Repository.Root, "eng/bootstrap.sh"), _folder.File("checkout/eng/bootstrap.sh"));
        foreach (string tool in (string[])["bash", "dirname", "sed", "cut", "grep", "tr", "cat", "env", "true"])
        {
            string found = ((string[])["/usr/bin/", "/bin/"]).Select(at => at + tool).First(File.Exists);
            File.CreateSymbolicLink(_folder.File($"bin/{tool}"), found);
        }

        // The machine that every test changes in one point: Debian, root, SDK 10, no package installed.
        File.WriteAllText(_folder.File("root/etc/os-release"), Debian);
        StandIn("id", "echo 0");
        StandIn("apt-get", "echo \"$@\" >>\"$0.calls\"");
        StandIn("dotnet", "echo '10.0.100 [/sdk]'");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_check_names_what_would_be_installed_and_changes_nothing()
    {
        Outcome outcome = await BootstrapAsync("--check", "cli");

        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains($"would install {Packages}", outcome.Error);
        Assert.False(File.Exists(_folder.File("bin/apt-get.calls")));
        AssertNothingBuilt(outcome);
    }

    [Theory]
    [InlineData("--check")]
    [InlineData(null)]
    public async Task Without_root_the_command_for_root_is_shown(string? mode)
    {
        StandIn("id", "echo 1000");

        AssertRefused(await BootstrapAsync(mode, "cli"), "needs root", ByHand, "LIBTORCH");
    }

    [Fact]
    public async Task A_sudo_that_asks_for_a_password_is_no_root()
    {
        StandIn("id", "echo 1000");
        StandIn("sudo", "exit 1");

        AssertRefused(await BootstrapAsync(null, "cli"), "sudo asks for a password", ByHand);
    }

    [Fact]
    public async Task A_sudo_without_password_is_used()
    {
        StandIn("id", "echo 1000");
        StandIn("sudo", "[ \"$1\" = -n ] && shift; exec \"$@\"");

        Assert.Equal(0, (await BootstrapAsync("--check", "cli")).ExitCode);
    }

    [Theory]
    [InlineData("ID=fedora\n", "'fedora'")]
    [InlineData(null, "'unknown'")]
    public async Task Another_system_is_told_what_to_bring(string? release, string name)
    {
        File.Delete(_folder.File("root/etc/os-release"));
        if (release is not null)
        {
            File.WriteAllText(_folder.File("root/etc/os-release"), release);
        }

        AssertRefused(await BootstrapAsync(null, "cli"), name, "set LIBTORCH=/path/to/libtorch", "C++17 compiler");
    }

    [Fact]
    public async Task A_system_like_Ubuntu_counts_as_Debian()
    {
        File.WriteAllText(_folder.File("root/etc/os-release"), "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n");

        Assert.Equal(0, (await BootstrapAsync("--check", "cli")).ExitCode);
    }

    [Fact]
    public async Task Without_a_mirror_it_says_so_and_builds_nothing()
    {
        StandIn("apt-get", "echo 'E: Unable to fetch some archives' >&2; exit 100");

        AssertRefused(await BootstrapAsync(null, "all"), "cannot reach a mirror", "Unable to fetch", ByHand);
    }

    [Fact]
    public async Task Without_dotnet_it_says_how_to_get_the_SDK()
    {
        File.Delete(_folder.File("bin/dotnet"));

        AssertRefused(await BootstrapAsync(null, "cli"), ".NET 10 SDK is needed", "no 'dotnet' on PATH", "--channel 10.0");
    }

    [Fact]
    public async Task An_older_SDK_is_refused_with_its_number()
    {
        StandIn("dotnet", "echo '8.0.404 [/sdk]'");

        AssertRefused(await BootstrapAsync(null, "cli"), ".NET 10 SDK", "8.0.404", "--channel 10.0");
    }

    [Fact]
    public async Task A_wrong_LIBTORCH_is_refused_with_the_file_that_is_missing()
    {
        _environment["LIBTORCH"] = _folder.File("root");

        AssertRefused(await BootstrapAsync("--check", "cli"), "is not a libtorch folder", "version.h", "unset LIBTORCH");
    }

    [Fact]
    public async Task With_LIBTORCH_only_the_compiler_is_installed()
    {
        LibTorch("2", "4");

        Outcome outcome = await BootstrapAsync("--check", "cli");

        Assert.Contains("would install g++ cmake make\n", outcome.Error);
        Assert.Equal(0, outcome.ExitCode);
    }

    [Fact]
    public async Task An_old_libtorch_is_refused_with_its_version()
    {
        LibTorch("1", "8");
        foreach (string tool in (string[])["g++", "cmake", "make"])
        {
            StandIn(tool, "exit 1");
        }

        AssertRefused(await BootstrapAsync(null, "cli"), "libtorch is 1.8", "1.13 or newer", "set LIBTORCH");
    }

    [Fact]
    public async Task A_wrong_call_shows_the_usage()
    {
        Outcome outcome = await BootstrapAsync(null, "everything");

        Assert.Equal(2, outcome.ExitCode);
        Assert.StartsWith("usage: eng/bootstrap.sh", outcome.Error);
    }

    private void AssertRefused(Outcome outcome, params string[] parts)
    {
        Assert.Equal(3, outcome.ExitCode);
        Assert.Contains("error: ", outcome.Error);
        Assert.All(parts, part => Assert.Contains(part, outcome.Error));
        AssertNothingBuilt(outcome);
    }

    private void AssertNothingBuilt(Outcome outcome)
    {
        Assert.Equal("", outcome.Output);
        Assert.False(Directory.Exists(_folder.File("checkout/artifacts")));
    }

    private void LibTorch(string major, string minor)
    {
        string header = _folder.File("libtorch/include/torch/csrc/api/include/torch/version.h");
        Directory.CreateDirectory(Path.GetDirectoryName(header)!);
        Directory.CreateDirectory(_folder.File("libtorch/lib"));
        File.WriteAllText(header, $"#define TORCH_VERSION_MAJOR {major}\n#define TORCH_VERSION_MINOR {minor}\n");
        File.WriteAllText(_folder.File("libtorch/lib/libtorch_cpu.so"), "");
        File.WriteAllText(_folder.File("libtorch/lib/libc10.so"), "");
        _environment["LIBTORCH"] = _folder.File("libtorch");
    }

    private void StandIn(string name, string script)
    {
        string path = _folder.File($"bin/{name}");
        File.WriteAllText(path, $"#!{_folder.File("bin/bash")}\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private Task<Outcome> BootstrapAsync(string? mode, string target)
    {
        string script = _folder.File("checkout/eng/bootstrap.sh");
        ProcessStartInfo start = Tool.Captured(
            _folder.File("bin/bash"), mode is null ? [script, target] : [script, mode, target]);
        start.Environment.Clear();
        start.Environment["PATH"] = _folder.File("bin");
        start.Environment["THINKREC_BOOTSTRAP_ROOT"] = _folder.File("root");
        foreach ((string name, string value) in _environment)
        {
            start.Environment[name] = value;
        }

        return Tool.FinishAsync(Process.Start(start)!);
    }
}
