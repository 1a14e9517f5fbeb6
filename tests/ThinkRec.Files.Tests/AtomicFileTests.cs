using ThinkRec.TestKit;

namespace ThinkRec.Files.Tests;

public sealed class AtomicFileTests
{
    [Fact]
    public void A_write_that_throws_leaves_the_old_file_whole_and_nothing_beside_it()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("note.txt");
        AtomicFile.WriteAllText(path, "old");

        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("new"u8);
            throw new InvalidOperationException("half way");
        }));

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder.FullPath));
    }

    [Fact]
    public void Lines_end_with_a_line_feed_and_no_byte_order_mark()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("lines.txt");

        AtomicFile.WriteLines(path, ["één", "two"]);

        Assert.Equal("één\ntwo\n"u8.ToArray(), File.ReadAllBytes(path));
    }

    [Fact]
    public void A_missing_folder_is_an_error_of_the_write_and_not_a_file_elsewhere()
    {
        using var folder = new TemporaryFolder();

        Assert.Throws<DirectoryNotFoundException>(() => AtomicFile.WriteAllText(folder.File("absent/note.txt"), "x"));
    }
}
