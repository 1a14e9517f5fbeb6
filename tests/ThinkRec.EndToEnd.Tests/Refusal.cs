using System.Diagnostics;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>A call that must be refused.</summary>
/// <param name="Call">The words; <c>@/</c> stands for the test's folder.</param>
/// <param name="ExitCode">1: the work failed; 2: the call was wrong.</param>
/// <param name="Place">What the line must name.</param>
/// <param name="Remedy">What the line must advise or expect.</param>
internal sealed record Refusal(string Call, int ExitCode, string Place, string Remedy)
{
    /// <summary>Files to write before, by name below the test's folder; a name that ends in '/' is a folder.</summary>
    public Dictionary<string, byte[]> Files { get; init; } = [];

    /// <summary>What is done in the folder after the files are written.</summary>
    public Func<TemporaryFolder, Task>? Arrange { get; init; }

    /// <summary>What stands on standard input.</summary>
    public string Input { get; init; } = "";

    /// <summary>Makes the call and checks code, line, and that the folder is as it was.</summary>
    public async Task CheckAsync()
    {
        using var folder = new TemporaryFolder();
        foreach ((string name, byte[] content) in Files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
            if (!name.EndsWith('/'))
            {
                File.WriteAllBytes(folder.File(name), content);
            }
        }

        await (Arrange?.Invoke(folder) ?? Task.CompletedTask);
        Dictionary<string, string> before = Snapshot(folder.FullPath);
        string[] words = [.. Call.Split(' ').Select(word => word.Replace("@/", folder.FullPath + "/", StringComparison.Ordinal))];

        Outcome outcome = await RunAsync(Input, words);

        AssertOneLine(outcome, ExitCode, Place, Remedy);
        Assert.Equal(before, Snapshot(folder.FullPath));
    }

    /// <summary>Runs thinkrec with something on standard input.</summary>
    public static async Task<Outcome> RunAsync(string input, params string[] arguments)
    {
        Process process = Tool.Start(arguments);
        try
        {
            byte[] bytes = System.Text.Encoding.UTF8.GetBytes(input);
            await process.StandardInput.BaseStream.WriteAsync(bytes, TestContext.Current.CancellationToken);
            await process.StandardInput.BaseStream.FlushAsync(TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            // A call that is refused need not read its input.
        }

        return await Tool.FinishAsync(process);
    }

    /// <summary>Checks that nothing stands on standard output and one line, with place and remedy, on standard error.</summary>
    public static void AssertOneLine(Outcome outcome, int exitCode, string place, string remedy)
    {
        Assert.Equal((exitCode, ""), (outcome.ExitCode, outcome.Output));
        string line = Assert.Single(outcome.Error.TrimEnd('\n').Split('\n'));
        Assert.StartsWith("error: ", line);
        Assert.Contains(place, line);
        Assert.Contains(remedy, line);
        Assert.DoesNotContain("bug in thinkrec", line);
    }

    /// <summary>All files and folders below a folder with their sizes and times.</summary>
    public static Dictionary<string, string> Snapshot(string folder) =>
        Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).ToDictionary(
            path => Path.GetRelativePath(folder, path),
            path => File.Exists(path) ? FormattableString.Invariant($"{new FileInfo(path).Length} {File.GetLastWriteTimeUtc(path).Ticks}") : "folder");
}
