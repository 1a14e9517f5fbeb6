using System.Diagnostics;
using ThinkRec.TestKit;

namespace ThinkRec.Files.Tests;

public sealed class LeftoversTests
{
    [Fact]
    public void What_ended_processes_were_writing_is_deleted_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        int ended = EndedProcess();
        string[] kept = [$"a.json.{Environment.ProcessId}.tmp", "notes.tmp", $"b.{ended}.txt", $"sub/model.{ended}", $".mine.{Environment.ProcessId}.new/file"];
        string[] left = [$"a.json.{ended}.tmp", $"sub/model.safetensors.{ended}.tmp", $"sub/.llm.{ended}.new/config.json", $"sub/.llm.{ended}.new/config.json.{ended}.tmp"];
        foreach (string name in kept.Concat(left))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
            File.WriteAllText(folder.File(name), "x");
        }

        Leftovers.Delete(folder.FullPath);

        Assert.Equal(kept.Order(StringComparer.Ordinal), Directory.EnumerateFiles(folder.FullPath, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder.FullPath, file)).Order(StringComparer.Ordinal));
        Assert.False(Directory.Exists(folder.File($"sub/.llm.{ended}.new")));
        Leftovers.Delete(folder.File("absent"));
    }

    [Fact]
    public void A_leftover_is_known_by_the_file_it_was_to_become()
    {
        int ended = EndedProcess();

        Assert.True(Leftovers.IsOf($"/a/run.json.{ended}.tmp", "run.json"));
        Assert.False(Leftovers.IsOf($"/a/run.json.{Environment.ProcessId}.tmp", "run.json"));
        Assert.False(Leftovers.IsOf($"/a/thesis.tex.{ended}.tmp", "run.json"));
        Assert.False(Leftovers.IsOf("/a/run.json", "run.json"));
    }

    [Fact]
    public void A_full_disk_is_reported_with_what_was_needed_and_leaves_nothing()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "this system has no /dev/full");
        using var folder = new TemporaryFolder();
        string path = folder.File("model.bin");
        AtomicFile.WriteAllText(path, "old");

        var full = Assert.Throws<DiskFullException>(() => AtomicFile.Write(
            path,
            stream =>
            {
                stream.Write(new byte[5000]);
                File.WriteAllText("/dev/full", "one byte more than there is room for");
            },
            3 << 20));

        Assert.Contains($"{path} was not written: the disk is full; it needs 3.0 MiB, and ", full.Message, StringComparison.Ordinal);
        Assert.EndsWith(" are free. Free some space, or write to another disk.", full.Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder.FullPath));
        Assert.False(DiskFullException.IsMeantBy(new IOException("something else")));
        Assert.False(DiskFullException.IsMeantBy(new ArgumentOutOfRangeException("value")));
    }

    private static int EndedProcess()
    {
        using var process = Process.Start("true");
        process.WaitForExit();
        return process.Id;
    }
}
