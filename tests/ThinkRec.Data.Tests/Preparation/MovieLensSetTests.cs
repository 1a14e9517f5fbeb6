using System.Text;

namespace ThinkRec.Data.Tests.Preparation;

public sealed class MovieLensSetTests : IDisposable
{
    private const string ToyStory = "1|Toy Story (1995)|01-Jan-1995||http://x|0|0|0|1|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0";
    private const string Unknown = "267|unknown||||1|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0";
    private readonly RawFiles _raw = new();

    public void Dispose() => _raw.Dispose();

    [Fact]
    public void The_hundred_thousand_have_flags_for_genres()
    {
        _raw.WriteBytes("u.item", Encoding.Latin1.GetBytes($"{ToyStory}\n{Unknown}\n"))
            .Write("u.data", "196\t1\t3\t20", "22\t267\t4\t10")
            .Write("texts.jsonl", "{\"movie_id\":1,\"description\":\"Toys come alive.\"}");

        var dataset = _raw.Prepare("ml-100k", options => options with { Texts = _raw["texts.jsonl"] });

        Assert.Equal(["22 267 4 10 1", "196 1 3 20 0"], RawFiles.Rows(dataset));
        Assert.Equal(("Toy Story", "Toys come alive.", 1995), (dataset.ItemTexts[1].Title, dataset.ItemTexts[1].Description, dataset.ItemTexts[1].Year));
        Assert.Equal(["Animation", "Children's", "Comedy"], dataset.ItemTexts[1].Keywords);
        Assert.Equal(("unknown", 0, null), (dataset.ItemTexts[2].Title, dataset.ItemTexts[2].Keywords.Count, dataset.ItemTexts[2].Year));
    }

    [Theory]
    [InlineData("u.data", "196\t1\t3", "u.data:2: expected 4 fields 'user\\tmovie\\trating\\ttime' but found 3: '196\\t1\\t3'.")]
    [InlineData("u.data", "196\t2\t3\t20", "u.data:2: user 196 is not in u.user or movie 2 is not in u.item")]
    [InlineData("u.data", "196\t1\t0\t20", "u.data:2: expected whole numbers and a rating from 1 to 5")]
    [InlineData("u.data", "196\t1\t5\t253402300800", "u.data:2: expected whole numbers")]
    [InlineData("u.data", "", "u.data:2: expected 4 fields")]
    [InlineData("u.item", "2|Heat|||", "u.item:2: expected 24 fields")]
    [InlineData("u.item", "2|x||||2|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0", "u.item:2: expected 24 fields")]
    [InlineData("u.item", ToyStory, "u.item:2: MovieID 1 was already described above.")]
    public void A_malformed_line_of_the_hundred_thousand_is_named(string file, string line, string expected)
    {
        _raw.Write("u.item", ToyStory).Write("u.data", "196\t1\t3\t20");
        File.AppendAllText(_raw[file], line + "\n");

        Assert.StartsWith(expected, _raw.Refused("ml-100k"), StringComparison.Ordinal);
        Assert.Single(_raw.Prepare("ml-100k", options => options with { MaxBad = 1 }).Interactions);
    }

    [Fact]
    public void Latest_has_half_stars_quoted_titles_and_movies_without_genres()
    {
        _raw.Write("movies.csv", "movieId,title,genres", "11,\"American President, The (1995)\",Comedy|Drama", "7,Solaris,(no genres listed)", "8,Unrated (2001),Drama")
            .Write("ratings.csv.gz", "userId,movieId,rating,timestamp", "2,11,3.5,20", "1,7,4.0,10");

        var dataset = _raw.Prepare("ml-latest");

        Assert.Equal(["1 7 4 10 1", "2 11 3.5 20 0"], RawFiles.Rows(dataset));
        Assert.Equal(["", "Solaris", "American President, The"], dataset.ItemTexts.Select(text => text.Title));
        Assert.Equal(["", "", "Comedy/Drama"], dataset.ItemTexts.Select(text => string.Join('/', text.Keywords)));
        Assert.Equal([null, null, 1995], dataset.ItemTexts.Select(text => text.Year));
    }

    [Theory]
    [InlineData("1,7,5.5,10", "ratings.csv:3: expected a rating from 0.5 to 5 but found '5.5'.")]
    [InlineData("1,7,0,10", "ratings.csv:3: expected a rating from 0.5 to 5 but found '0'.")]
    [InlineData("1,7,4", "ratings.csv:3: expected 4 fields")]
    public void A_malformed_line_of_latest_is_named(string line, string expected)
    {
        _raw.Write("movies.csv", "movieId,title,genres", "7,Solaris,Drama").Write("ratings.csv", "userId,movieId,rating,timestamp", "1,7,4.0,10", line);

        Assert.StartsWith(expected, _raw.Refused("ml-latest"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ml-100k", "u.item: there is no such file")]
    [InlineData("ml-latest", "movies.csv: there is no such file, nor movies.csv.gz")]
    [InlineData("yelp", "yelp_academic_dataset_review.json: there is no such file, nor review.json")]
    [InlineData("amazon", "there are no reviews here")]
    [InlineData("recbole", "expected one file NAME.inter but found none")]
    public void An_empty_folder_is_refused_with_what_should_be_in_it(string name, string expected) =>
        Assert.Contains(expected, _raw.Refused(name), StringComparison.Ordinal);
}
