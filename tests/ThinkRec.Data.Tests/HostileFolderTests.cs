using ThinkRec.TestKit;

namespace ThinkRec.Data.Tests;

public sealed class HostileFolderTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly string _folder;

    public HostileFolderTests()
    {
        _folder = _temporary.File("d");
        TinyData.Three().Save(_folder);
    }

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData("tiny.inter", "0\t20\ttrain\n", "0\t20\n", "tiny.inter:3: expected 6 tab-separated fields but found 5")]
    [InlineData("tiny.inter", "rating:float\t", "", "tiny.inter:1: expected the header")]
    [InlineData("tiny.inter", "rating:float", "rating:token", "tiny.inter:1: expected the header")]
    [InlineData("tiny.inter", "2.5", "much", "tiny.inter:3: expected a finite number as rating but found 'much'")]
    [InlineData("tiny.inter", "2.5", "NaN", "tiny.inter:3: expected a finite number as rating")]
    [InlineData("tiny.inter", "2.5", "2,5", "tiny.inter:3: expected a finite number as rating")]
    [InlineData("tiny.inter", "2.5\t0", "2.5\t2", "tiny.inter:3: expected label 0 or 1 but found '2'")]
    [InlineData("tiny.inter", "2.5\t0", "2.5\t1", "tiny.inter:3: label 1 contradicts rating 2.5")]
    [InlineData("tiny.inter", "\t10\t", "\t10.5\t", "tiny.inter:2: expected a whole number as timestamp")]
    [InlineData("tiny.inter", "\t10\t", "\t99999999999999999999\t", "tiny.inter:2: expected a whole number as timestamp")]
    [InlineData("tiny.inter", "\t10\t", "\t11111\t", "tiny.inter:3: timestamp 20 is before")]
    [InlineData("tiny.inter", "valid", "holdout", "tiny.inter:6: expected split train, valid or test but found 'holdout'")]
    [InlineData("tiny.inter", "\na\tx\t5", "\nq\tx\t5", "tiny.inter:2: user 'q' is not in tiny.user")]
    [InlineData("tiny.inter", "a\tx\t5", "a\tq\t5", "tiny.inter:2: item 'q' is not in tiny.item")]
    [InlineData("tiny.inter", "train\n", "train\n\n", "tiny.inter:3: expected 6 tab-separated fields but found 1")]
    [InlineData("tiny.item", "z\tThird", "x\tThird", "tiny.item:4: id 'x' was already on line 2")]
    [InlineData("tiny.item", "First Light", "First\tLight", "tiny.item:2: expected 5 tab-separated fields but found 6")]
    [InlineData("tiny.item", "crime\t1949", "crime", "tiny.item:4: expected 5 tab-separated fields but found 4")]
    [InlineData("tiny.item", "\tyear:float", "", "tiny.item:2: expected 4 tab-separated fields but found 5")]
    [InlineData("tiny.item", "\tyear:float", "\tyear:token", "tiny.item:1: expected the header")]
    [InlineData("tiny.item", "\tyear:float", "\tyear:float\tyear:float", "tiny.item:1: expected the header")]
    [InlineData("tiny.item", "crime\t1949", "crime\tMCMXLIX", "tiny.item:4: expected a year from 1 to 9999, or nothing, but found 'MCMXLIX'")]
    [InlineData("tiny.item", "crime\t1949", "crime\t0", "tiny.item:4: expected a year from 1 to 9999, or nothing, but found '0'")]
    [InlineData("tiny.item", "crime\t1949", "crime\t10000", "tiny.item:4: expected a year from 1 to 9999, or nothing, but found '10000'")]
    [InlineData("tiny.item", "crime\t1949", "crime\t-1949", "tiny.item:4: expected a year from 1 to 9999, or nothing, but found '-1949'")]
    [InlineData("tiny.item", "crime\t1949", "crime\t1949.5", "tiny.item:4: expected a year from 1 to 9999, or nothing, but found '1949.5'")]
    [InlineData("tiny.item", "crime\t1949", "crime\t 1949", "tiny.item:4: expected a year from 1 to 9999, or nothing, but found ' 1949'")]
    [InlineData("tiny.item", "crime\t1949", "crime\tNaN", "tiny.item:4: expected a year from 1 to 9999, or nothing, but found 'NaN'")]
    [InlineData("tiny.item", "crime\t1949", "crime\t99999999999999999999", "tiny.item:4: expected a year from 1 to 9999, or nothing, but found '99999999999999999999'")]
    [InlineData("tiny.item", "x\tFirst", "\tFirst", "tiny.item:2: expected the id of the item")]
    [InlineData("tiny.user", "b\n", "a\n", "tiny.user:3: id 'a' was already on line 2")]
    public void A_damaged_line_is_named(string file, string find, string replacement, string expected)
    {
        TinyData.Damage(_folder, file, text => Replace(text, find, replacement));

        var error = Assert.Throws<DataFormatException>(() => Dataset.Load(_folder));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_without_end_is_refused_instead_of_read_into_memory()
    {
        TinyData.Damage(_folder, "tiny.item", text => Replace(text, "First Light", new string('x', 17 << 20)));

        var error = Assert.Throws<DataFormatException>(() => Dataset.Load(_folder));

        Assert.Contains("tiny.item:2: expected a line of at most 16777216 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_end_inside_a_line_is_named()
    {
        TinyData.Damage(_folder, "tiny.item", text => Replace(text, "First Light", "First\rLight"));

        var error = Assert.Throws<DataFormatException>(() => Dataset.Load(_folder));

        Assert.Contains("tiny.item:2: expected a line that ends in LF or CR LF but found CR inside it", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"formatVersion\": 1", "\"formatVersion\": 9", "expected formatVersion 1 but found 9")]
    [InlineData("\"name\": \"tiny\"", "\"name\": \"../tiny\"", "expected a name of letters")]
    [InlineData("\"source\"", "\"sauce\"", "sauce")]
    [InlineData("\"train\": 4", "\"train\": 5", "should say 4 for train")]
    [InlineData("{", "[", "dataset.json:")]
    [InlineData("\"tiny.user\"", "\"other.user\"", "tiny.user")]
    public void A_damaged_card_is_named(string find, string replacement, string expected)
    {
        var path = Path.Combine(_folder, "dataset.json");
        File.WriteAllText(path, Replace(File.ReadAllText(path), find, replacement));

        var error = Assert.Throws<DataFormatException>(() => Dataset.Load(_folder));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cut_file_is_noticed_by_its_checksum()
    {
        var path = Path.Combine(_folder, "tiny.inter");
        File.WriteAllText(path, File.ReadAllText(path)[..^20]);

        var error = Assert.Throws<DataFormatException>(() => Dataset.Load(_folder));

        Assert.Contains("tiny.inter: expected SHA-256", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tiny.item")]
    [InlineData("dataset.json")]
    public void A_missing_file_is_named(string file)
    {
        File.Delete(Path.Combine(_folder, file));

        var error = Assert.Throws<DataFormatException>(() => Dataset.Load(_folder));

        Assert.Contains(file, error.Message, StringComparison.Ordinal);
        Assert.Contains("there is no such file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_file_is_named()
    {
        TinyData.Damage(_folder, "tiny.user", _ => string.Empty);

        var error = Assert.Throws<DataFormatException>(() => Dataset.Load(_folder));

        Assert.Contains("tiny.user:1: expected the header", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_refused()
    {
        var path = Path.Combine(_folder, "tiny.item");
        File.WriteAllBytes(path, [.. File.ReadAllBytes(path)[..^3], 0xE9, (byte)'\n']);
        TinyData.Reseal(_folder, "tiny.item");

        var error = Assert.Throws<DataFormatException>(() => Dataset.Load(_folder));

        Assert.Contains("expected UTF-8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Windows_line_ends_are_read()
    {
        foreach (var file in new[] { "tiny.inter", "tiny.item", "tiny.user" })
        {
            TinyData.Damage(_folder, file, text => text.Replace("\n", "\r\n", StringComparison.Ordinal));
        }

        Assert.Equal(TinyData.Three().Interactions, Dataset.Load(_folder).Interactions);
    }

    private static string Replace(string text, string find, string replacement)
    {
        var place = text.IndexOf(find, StringComparison.Ordinal);
        Assert.True(place >= 0, $"'{find}' is not in the file");
        return string.Concat(text.AsSpan(0, place), replacement, text.AsSpan(place + find.Length));
    }
}
