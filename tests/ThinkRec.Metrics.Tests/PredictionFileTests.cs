using System.Text;
using ThinkRec.TestKit;

namespace ThinkRec.Metrics.Tests;

public sealed class PredictionFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string FilePath => _folder.File("predictions.csv");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_written_is_read_back_bit_for_bit()
    {
        var random = new Random(6);
        string[] names = ["7", "a,b", "say \"hi\"", " padded ", "two\nlines", "win\r\nlines", "naïve 電影", "#5", "'", "\t"];
        List<ScoredRow> rows = [.. Enumerable.Range(0, 500).Select(i => new ScoredRow(
            names[i % names.Length],
            i % 3 == 0 ? "" : names[i * 7 % names.Length],
            i % 2 == 0,
            BitConverter.Int64BitsToDouble(random.NextInt64() & ~(1L << 52))))];
        rows.AddRange([new("u", "i", true, -0.0), new("u", "i", true, double.Epsilon), new("u", "i", false, double.MaxValue), new("u", "i", false, 0.1 + 0.2)]);

        PredictionFile.Write(FilePath, rows);
        var back = PredictionFile.Read(FilePath);

        Assert.Equal(rows, back);
        Assert.Equal(
            rows.Select(row => BitConverter.DoubleToInt64Bits(row.Score)),
            back.Select(row => BitConverter.DoubleToInt64Bits(row.Score)));
    }

    [Fact]
    public void Metrics_of_the_file_equal_those_of_the_rows()
    {
        var rows = SeededRows.Make(9, users: 30, mostRows: 10, levels: 0);
        var options = new BootstrapOptions { Replicates = 50 };

        PredictionFile.Write(FilePath, rows);

        Assert.Equal(
            RankingReport.Evaluate(rows, options).Metrics,
            RankingReport.Evaluate(PredictionFile.Read(FilePath), options).Metrics);
    }

    [Fact]
    public void The_file_has_the_agreed_columns()
    {
        PredictionFile.Write(FilePath, [new("12", "34", true, 0.1), new("u,1", "", false, -2)]);

        Assert.Equal(
            "user_id,item_id,label,score\n12,34,1,0.1\n\"u,1\",,0,-2\n",
            File.ReadAllText(FilePath).ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Columns_may_stand_in_any_order_and_item_id_may_be_absent()
    {
        var rows = Read("score,extra,user_id,label\n1e-3,x,u1,true\r\n\n2,,u1,0.0\n-3,,u2,1.0\n4,,u2,FALSE\n5,,u3,1\n6,,u3,0");

        Assert.Equal(
            [
                new("u1", "", true, 0.001), new("u1", "", false, 2), new("u2", "", true, -3),
                new("u2", "", false, 4), new("u3", "", true, 5), new("u3", "", false, 6),
            ],
            rows);
    }

    [Fact]
    public void A_byte_order_mark_is_no_part_of_the_header()
    {
        File.WriteAllText(FilePath, "user_id,label,score\nu,1,2\n", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));

        Assert.Equal([new("u", "", true, 2)], PredictionFile.Read(FilePath));
    }

    [Theory]
    [InlineData("", ": expected a header with user_id, label and score but the file is empty.")]
    [InlineData("\n\n", ": expected a header with user_id, label and score but the file is empty.")]
    [InlineData("user_id,label,score\n", ": expected rows after the header but there are none.")]
    [InlineData("u1,1,0.5\n", ":1: expected a header with the column 'user_id' but found 'u1,1,0.5'.")]
    [InlineData("user_id,score\nu,1\n", ":1: expected a header with the column 'label' but found 'user_id,score'.")]
    [InlineData("user_id,label,score,score\n", ":1: expected one column 'score' but the header names it more than once.")]
    [InlineData("user_id,label,score\nu,1,0.5\nu,1\n", ":3: expected 3 fields 'user_id,label,score' but found 2: 'u,1'.")]
    [InlineData("user_id,label,score\nu,1,0.5,9\n", ":2: expected 3 fields 'user_id,label,score' but found 4: 'u,1,0.5,9'.")]
    [InlineData("user_id,label,score\nu,yes,0.5\n", ":2: column label: expected 0 or 1 but found 'yes'.")]
    [InlineData("user_id,label,score\nu,2,0.5\n", ":2: column label: expected 0 or 1 but found '2'.")]
    [InlineData("user_id,label,score\nu,,0.5\n", ":2: column label: expected 0 or 1 but found ''.")]
    [InlineData("user_id,label,score\nu,1,NaN\n", ":2: column score: expected a finite number such as 0.25 but found 'NaN'.")]
    [InlineData("user_id,label,score\nu,1,inf\n", ":2: column score: expected a finite number such as 0.25 but found 'inf'.")]
    [InlineData("user_id,label,score\nu,1,-Infinity\n", ":2: column score: expected a finite number such as 0.25 but found '-Infinity'.")]
    [InlineData("user_id,label,score\nu,1,1e999\n", ":2: column score: expected a finite number such as 0.25 but found '1e999'.")]
    [InlineData("user_id,label,score\nu,1,\"0,5\"\n", ":2: column score: expected a finite number such as 0.25 but found '0,5'.")]
    [InlineData("user_id,label,score\n\n\"a\nb\",1,1\n\nu,1,x\n", ":6: column score: expected a finite number such as 0.25 but found 'x'.")]
    [InlineData("user_id,label,score\r\n\r\n\"a\r\nb\",1,1\r\nu,1,x\r\n", ":5: column score: expected a finite number such as 0.25 but found 'x'.")]
    [InlineData("user_id,label,score\ru,1,1\ru,1,x\r", ":3: column score: expected a finite number such as 0.25 but found 'x'.")]
    [InlineData("user_id,label,score\nu,1,1\n,1,0.5\n", ":3: column user_id: expected a user but found ''.")]
    [InlineData("user_id,label,score\nu,1,1\nu\"x,1,1\n", ":3: expected comma-separated text with paired quotes but found 'u\"x,1,1'.")]
    [InlineData("user_id,label,score\nu,1,1\n\"u,1,1\nu,0,2\n", ":3: expected comma-separated text with paired quotes but found '\"u,1,1")]
    [InlineData("user_id,label,score\nu,1,1\n\"u\"x,0,2\n", ":3: expected comma-separated text with paired quotes but found '\"u\"x,0,2'.")]
    [InlineData("user_id,label,score\nu,1,1\nu,0,\"2", ":3: expected comma-separated text with paired quotes but found 'u,0,\"2'.")]
    public void Each_fault_names_file_line_and_expectation(string text, string message)
    {
        var error = Assert.Throws<MetricsException>(() => Read(text));

        Assert.StartsWith(FilePath + message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_utf8_are_refused()
    {
        File.WriteAllBytes(FilePath, [.. "user_id,label,score\nu"u8, 0xE9, .. ",1,2\n"u8]);

        var error = Assert.Throws<MetricsException>(() => PredictionFile.Read(FilePath));

        Assert.Contains("expected UTF-8 text", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.Contains("predictions.csv", Assert.Throws<FileNotFoundException>(() => PredictionFile.Read(FilePath)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_refused_write_leaves_the_earlier_file_alone()
    {
        PredictionFile.Write(FilePath, [new("u", "i", true, 1)]);

        Assert.Throws<MetricsException>(() => PredictionFile.Write(FilePath, [new("u", "i", true, double.NaN)]));
        Assert.Throws<MetricsException>(() => PredictionFile.Write(FilePath, []));
        Assert.ThrowsAny<ArgumentException>(() => PredictionFile.Write(FilePath, [new("\ud800", "i", true, 2)]));

        Assert.Equal([new("u", "i", true, 1)], PredictionFile.Read(FilePath));
        Assert.Single(Directory.GetFiles(_folder.FullPath));
    }

    [Fact]
    public void Writing_replaces_an_earlier_file_and_leaves_no_other()
    {
        PredictionFile.Write(FilePath, [new("u", "i", true, 1), new("u", "j", true, 1)]);
        PredictionFile.Write(FilePath, [new("v", "i", false, 2)]);

        Assert.Equal([new("v", "i", false, 2)], PredictionFile.Read(FilePath));
        Assert.Single(Directory.GetFiles(_folder.FullPath));
    }

    private IReadOnlyList<ScoredRow> Read(string text)
    {
        File.WriteAllText(FilePath, text);
        return PredictionFile.Read(FilePath);
    }
}
