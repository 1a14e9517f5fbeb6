using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

public sealed class SafetensorsChecksumTests : NnTest
{
    private static readonly Dictionary<string, string> Texts = new() { ["note"] = "\"sha256\":\"" + new string('0', 64), ["z"] = "{}" };

    [Fact]
    public void A_change_of_any_byte_is_found()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = Written(folder, withChecksum: true);
        int found = 0;
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] changed = [.. whole];
            changed[i] ^= (byte)(1 << (i % 8));
            File.WriteAllBytes(folder.File("changed"), changed);

            found += Record.Exception(() => Require(folder.File("changed"))) is CheckpointException ? 1 : 0;
        }

        Require(folder.File("file"));
        Assert.Equal(whole.Length, found);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(-1)]
    [InlineData(-9)]
    public void A_file_cut_short_is_found(int length)
    {
        using var folder = new TemporaryFolder();
        byte[] whole = Written(folder, withChecksum: true);
        File.WriteAllBytes(folder.File("cut"), length >= 0 ? whole[..length] : whole[..^-length]);

        Assert.Throws<CheckpointException>(() => Require(folder.File("cut")));
    }

    [Fact]
    public void A_file_without_a_checksum_has_none_to_stand_by_and_other_files_are_as_before()
    {
        using var folder = new TemporaryFolder();
        byte[] plain = Written(folder, withChecksum: false);
        byte[] first = Written(folder, withChecksum: true);

        Assert.Equal(first, Written(folder, withChecksum: true));
        Assert.Equal(plain, Written(folder, withChecksum: false));
        var refused = Assert.Throws<CheckpointException>(() => Require(folder.File("file")));
        Assert.Contains("has no checksum", refused.Message, StringComparison.Ordinal);
    }

    private static byte[] Written(TemporaryFolder folder, bool withChecksum)
    {
        using var scope = TensorScope.Begin();
        SafetensorsWriter.Write(folder.File("file"), [("sha256", Tensor.Arange(3)), ("a", Tensor.Full([2, 3], 0.5))], Texts, withChecksum);
        return File.ReadAllBytes(folder.File("file"));
    }

    private static void Require(string path)
    {
        using var file = SafetensorsFile.Open(path);
        file.RequireChecksum();
    }
}
