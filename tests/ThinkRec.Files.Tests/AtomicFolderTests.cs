using ThinkRec.TestKit;

namespace ThinkRec.Files.Tests;

public sealed class AtomicFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("new")]
    [InlineData("empty")]
    [InlineData("a/new/")]
    public void A_new_or_empty_folder_is_filled(string name)
    {
        Directory.CreateDirectory(_folder.File("empty"));

        AtomicFolder.Write(_folder.File(name), target => File.WriteAllText(Path.Combine(target, "x"), "1"));

        Assert.Equal(["x"], Directory.GetFiles(_folder.File(name)).Select(Path.GetFileName));
        Assert.DoesNotContain(Directory.GetDirectories(_folder.FullPath), path => Path.GetFileName(path).StartsWith('.'));
    }

    [Fact]
    public void A_write_that_throws_leaves_nothing()
    {
        Assert.Throws<InvalidOperationException>(() => AtomicFolder.Write(_folder.File("new"), target =>
        {
            File.WriteAllText(Path.Combine(target, "x"), "1");
            throw new InvalidOperationException("half way");
        }));

        Assert.Empty(Directory.GetFileSystemEntries(_folder.FullPath));
    }

    [Theory]
    [InlineData("full", "is not empty")]
    [InlineData("file", "is a file")]
    [InlineData("file/below", "is a file")]
    public void What_is_there_stays(string name, string said)
    {
        Directory.CreateDirectory(_folder.File("full/inner"));
        File.WriteAllText(_folder.File("file"), "x");

        var problem = Assert.Throws<IOException>(() => AtomicFolder.Write(_folder.File(name), _ => Assert.Fail("was filled")));

        Assert.Contains(said, problem.Message, StringComparison.Ordinal);
        Assert.Contains("Choose another folder", problem.Message, StringComparison.Ordinal);
    }
}
