using System.IO.Compression;
using System.Text;
using ThinkRec.TestKit;

namespace ThinkRec.Downloads.Tests;

public sealed class ZipUnpackingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Files_are_unpacked_without_the_folder_that_holds_all()
    {
        string zip = Zip(("ml-1m/", ""), ("ml-1m/ratings.dat", "1::2"), ("ml-1m/sub/README", "read me"));

        Assert.Equal(["ratings.dat", "sub/README"], ZipUnpacking.Unpack(zip, _folder.File("out"), null, TestContext.Current.CancellationToken));

        Assert.Equal("1::2", File.ReadAllText(_folder.File("out/ratings.dat")));
        Assert.Equal("read me", File.ReadAllText(_folder.File("out/sub/README")));
    }

    [Fact]
    public void Files_of_several_folders_keep_them()
    {
        string zip = Zip(("a/x", "1"), ("b/x", "2"));

        Assert.Equal(["a/x", "b/x"], ZipUnpacking.Unpack(zip, _folder.File("out"), null, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("ok/../../evil")]
    [InlineData("/etc/evil")]
    [InlineData("C:/evil")]
    [InlineData("..\\evil")]
    [InlineData("a//b")]
    [InlineData("./a")]
    [InlineData("a\nb")]
    public void A_name_that_leads_elsewhere_is_refused_before_anything_is_written(string name)
    {
        string zip = Zip(("fine", "1"), (name, "2"));

        Assert.Contains("would be written to", Refused(zip), StringComparison.Ordinal);

        Assert.False(Directory.Exists(_folder.File("out")));
        Assert.Equal([zip], Directory.EnumerateFileSystemEntries(_folder.FullPath));
    }

    [Fact]
    public void Links_and_devices_are_refused()
    {
        string zip = _folder.File("links.zip");
        using (var archive = ZipFile.Open(zip, ZipArchiveMode.Create))
        {
            ZipArchiveEntry link = archive.CreateEntry("link");
            link.ExternalAttributes = unchecked((int)0xA1FF0000);
            using var writer = new StreamWriter(link.Open());
            writer.Write("/etc/passwd");
        }

        Assert.Contains("'link' is a link", Refused(zip), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_differ_in_case_alone_are_refused() => Assert.Contains("twice", Refused(Zip(("a", "1"), ("A", "2"))), StringComparison.Ordinal);

    [Fact]
    public void A_bomb_is_stopped_while_it_unpacks()
    {
        string zip = Zip(("zeros", new string('0', 8 << 20)));

        Assert.Contains("more than 200 times its size", Refused(zip), StringComparison.Ordinal);
        Directory.Delete(_folder.File("out"), recursive: true);
        Assert.Contains("more than 1000000 bytes", Refused(zip, new ZipLimits(MaxBytes: 1_000_000, MaxRatio: 100_000)), StringComparison.Ordinal);
        Directory.Delete(_folder.File("out"), recursive: true);
        Assert.Contains("2 entries, more than 1", Refused(Zip(("a", "1"), ("b", "2")), new ZipLimits(MaxEntries: 1)), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_cut_or_no_zip_at_all_is_refused()
    {
        string zip = Zip(("a", "text of some length, so that there is something to cut"));
        byte[] bytes = File.ReadAllBytes(zip);
        File.WriteAllBytes(zip, bytes[..^10]);
        Assert.Contains("is no whole zip file", Refused(zip), StringComparison.Ordinal);

        File.WriteAllText(zip, "<html>Not found</html>");
        Assert.Contains("is no whole zip file", Refused(zip), StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_content_is_refused()
    {
        string zip = Zip(("a", string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i} "))));
        byte[] bytes = File.ReadAllBytes(zip);
        bytes.AsSpan(200, 400).Fill(0xFF);
        File.WriteAllBytes(zip, bytes);

        Assert.NotEmpty(Refused(zip));
    }

    private string Refused(string zip, ZipLimits? limits = null) =>
        Assert.Throws<DownloadException>(() => ZipUnpacking.Unpack(zip, _folder.File("out"), limits, TestContext.Current.CancellationToken)).Message;

    private string Zip(params (string Name, string Text)[] entries)
    {
        string path = _folder.File($"{Guid.NewGuid():N}.zip");
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var (name, text) in entries)
        {
            using Stream stream = archive.CreateEntry(name).Open();
            stream.Write(Encoding.UTF8.GetBytes(text));
        }

        return path;
    }
}
