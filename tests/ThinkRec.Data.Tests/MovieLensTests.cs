using System.IO.Compression;
using System.Text;
using ThinkRec.TestKit;

namespace ThinkRec.Data.Tests;

public sealed class MovieLensTests : IDisposable
{
    private const long June2001 = 991353600;           // 2001-06-01 00:00:00 UTC
    private readonly TemporaryFolder _folder = new();

    public MovieLensTests()
    {
        Write("movies.dat", "7::Misérables, Les (1995)::Drama|Musical\n2::Jumanji (1995)::Adventure\n900::Untitled::Drama\n");
        Write("users.dat", "1::F::1::10::48067\n30::M::56::16::70072\n4::M::25::15::55117\n");
        Write("ratings.dat", $"30::7::4::{June2001}\n30::2::3::{June2001}\n1::2::5::{June2001 - 1}\n4::7::5::1017619200\n1::900::1::1044057600\n");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rows_of_the_windows_get_dense_ids_labels_and_texts()
    {
        var dataset = MovieLens1M.Prepare(_folder.FullPath);

        Assert.Equal(
            [new(2, 2, 4, true, June2001, Split.Train), new(2, 1, 3, false, June2001, Split.Train), new(1, 2, 5, true, 1017619200, Split.Valid)],
            dataset.Interactions);
        Assert.Equal(("4", "30", 3), (dataset.Users[1], dataset.Users[2], dataset.Users.Count));
        Assert.Equal(("2", "7", 3), (dataset.Items[1], dataset.Items[2], dataset.Items.Count));
        Assert.Equal(("Misérables, Les", "1995"), (dataset.ItemTexts[2].Title, dataset.ItemTexts[2].Description));
        Assert.Equal(["Drama", "Musical"], dataset.ItemTexts[2].Keywords);
        Assert.Equal([null, 1995, 1995], dataset.ItemTexts.Select(text => text.Year));
        Assert.Contains("The test split is empty", Assert.Single(dataset.Card.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Metropolis", null)]
    [InlineData("Metropolis (1927)", 1927)]
    [InlineData("2001 (1968) ", 1968)]
    [InlineData("Metropolis (0)", null)]
    [InlineData("Metropolis (19270)", null)]
    [InlineData("Metropolis (99999999999)", null)]
    public void A_year_is_the_number_in_brackets_at_the_end_of_the_title(string title, int? year)
    {
        Write("movies.dat", $"7::{title}::Drama\n2::Jumanji (1995)::Adventure\n900::Untitled::Drama\n");

        Assert.Equal([null, 1995, year], MovieLens1M.Prepare(_folder.FullPath).ItemTexts.Select(text => text.Year));
    }

    [Fact]
    public void Texts_are_taken_in_the_documented_order()
    {
        Write("texts.jsonl", "{\"MovieID\":7,\"overview\":\"over\",\"plot\":\"the\\nplot\"}\n{\"MovieID\":2,\"plot\":\"\",\"imdb_description\":\"imdb\"}\n");

        var dataset = MovieLens1M.Prepare(_folder.FullPath, new MovieLensOptions { ItemTextsFile = _folder.File("texts.jsonl") });

        Assert.Equal(["", "imdb", "the plot"], dataset.ItemTexts.Select(text => text.Description));
    }

    [Fact]
    public void A_gzipped_file_with_windows_line_ends_is_read_alike()
    {
        var expected = MovieLens1M.Prepare(_folder.FullPath).Interactions;
        Compress(File.ReadAllText(_folder.File("ratings.dat")).Replace("\n", "\r\n", StringComparison.Ordinal));

        Assert.Equal(expected, MovieLens1M.Prepare(_folder.FullPath).Interactions);
    }

    [Fact]
    public void A_cut_gzip_file_is_refused()
    {
        Compress(string.Concat(Enumerable.Range(0, 5000).Select(i => $"30::7::{1 + (i * 7 % 5)}::{June2001 + (i * 31 % 977)}\n")));
        var path = _folder.File("ratings.dat.gz");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^(int)(new FileInfo(path).Length / 3)]);

        var error = Assert.Throws<DataFormatException>(() => MovieLens1M.Prepare(_folder.FullPath));

        Assert.StartsWith("ratings.dat.gz: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("Download it again", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("6040::858::4", "ratings.dat:6: expected 4 fields 'UserID::MovieID::Rating::Timestamp' but found 3: '6040::858::4'.")]
    [InlineData("1::2::6::991353600", "ratings.dat:6: expected whole numbers and a rating from 1 to 5")]
    [InlineData("1::2::4.5::991353600", "ratings.dat:6: expected whole numbers")]
    [InlineData("1::2::4::-5", "ratings.dat:6: expected whole numbers")]
    [InlineData("1::2::4::9223372036854775807", "ratings.dat:6: expected whole numbers")]
    [InlineData("1::3::4::991353600", "ratings.dat:6: user 1 is not in users.dat or movie 3 is not in movies.dat")]
    [InlineData("5::2::4::991353600", "ratings.dat:6: user 5 is not in users.dat")]
    [InlineData("", "ratings.dat:6: expected 4 fields")]
    public void A_malformed_line_stops_and_is_named(string line, string expected)
    {
        File.AppendAllText(_folder.File("ratings.dat"), line + "\n");

        Assert.StartsWith(expected, Assert.Throws<DataFormatException>(() => MovieLens1M.Prepare(_folder.FullPath)).Message, StringComparison.Ordinal);
        var tolerant = MovieLens1M.Prepare(_folder.FullPath, new MovieLensOptions { MaxBad = 1 });
        Assert.Equal(3, tolerant.Interactions.Length);
        Assert.Contains(tolerant.Card.Notes, note => note.Contains("1 malformed line(s)", StringComparison.Ordinal));
    }

    [Fact]
    public void Only_the_first_ten_malformed_lines_are_shown()
    {
        File.AppendAllText(_folder.File("ratings.dat"), string.Concat(Enumerable.Repeat("x\n", 25)));

        var error = Assert.Throws<DataFormatException>(() => MovieLens1M.Prepare(_folder.FullPath, new MovieLensOptions { MaxBad = 24 }));

        Assert.Contains("25 malformed lines, 24 allowed", error.Message, StringComparison.Ordinal);
        Assert.Contains("ratings.dat:15:", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("ratings.dat:16:", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_and_empty_files_are_named()
    {
        File.WriteAllText(_folder.File("ratings.dat"), string.Empty);
        Assert.Contains("ratings.dat:1: the file is empty", Assert.Throws<DataFormatException>(() => MovieLens1M.Prepare(_folder.FullPath)).Message, StringComparison.Ordinal);
        File.Delete(_folder.File("ratings.dat"));
        Assert.Contains("nor ratings.dat.gz", Assert.Throws<DataFormatException>(() => MovieLens1M.Prepare(_folder.FullPath)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ratings_outside_all_windows_are_an_error_that_says_so()
    {
        Write("ratings.dat", "1::2::5::978300760\n");

        Assert.Contains("none of 1 ratings is left: rows outside 2001-06-01 to 2003-01-31 UTC are dropped", Assert.Throws<DataFormatException>(() => MovieLens1M.Prepare(_folder.FullPath)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(991353599, Split.None)]
    [InlineData(991353600, Split.Train)]
    [InlineData(1017619199, Split.Train)]
    [InlineData(1017619200, Split.Valid)]
    [InlineData(1030838400, Split.Test)]
    [InlineData(1044057599, Split.Test)]
    [InlineData(1044057600, Split.None)]
    public void Windows_are_whole_months_in_utc(long timestamp, Split expected) => Assert.Equal(expected, MovieLens1M.SplitOf(timestamp));

    [Theory]
    [InlineData(1017619200, 2, Split.Valid)]
    [InlineData(1025481599, 2, Split.Valid)]
    [InlineData(1025481600, 2, Split.Test)]
    [InlineData(1030838399, 2, Split.Test)]
    [InlineData(1030838400, 2, Split.None)]
    [InlineData(1017619200, 4, Split.Valid)]
    [InlineData(1020211200, 4, Split.Test)]
    public void The_last_months_of_validation_may_be_a_test_of_ones_own(long timestamp, int months, Split expected) =>
        Assert.Equal(expected, MovieLens1M.SplitOf(timestamp, months));

    private void Write(string name, string text) => File.WriteAllText(_folder.File(name), text, Encoding.Latin1);

    private void Compress(string text)
    {
        File.Delete(_folder.File("ratings.dat"));
        using var stream = new GZipStream(File.Create(_folder.File("ratings.dat.gz")), CompressionMode.Compress);
        stream.Write(Encoding.Latin1.GetBytes(text));
    }
}
