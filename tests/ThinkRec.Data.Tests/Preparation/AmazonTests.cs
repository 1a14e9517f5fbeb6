using ThinkRec.Data.Preparation;

namespace ThinkRec.Data.Tests.Preparation;

public sealed class AmazonTests : IDisposable
{
    private readonly RawFiles _raw = new();

    public void Dispose() => _raw.Dispose();

    [Fact]
    public void Markup_and_scripts_are_cleaned_and_the_last_description_of_an_item_counts()
    {
        _raw.Write("Gift_Cards.json.gz", Review("u", "a", 5, 10), Review("u", "b", 4, 20), Review("u", "b", 4, 20), Review("v", "c", 5, 30))
            .Write("meta_Gift_Cards.json",
                """{"asin":"a","title":"Old","category":["Gift Cards"],"description":[]}""",
                """{"asin":"a","title":"<span>Tom &amp; Jerry</span>","category":["Gift Cards","Cards &amp; Fun","<b>Kids</b>"],"description":["One.","<p>Two.</p>"],"rank":["x"]}""",
                """{"asin":"b","title":"var aPageStart = (new Date()).getTime();","category":[],"description":""}""");

        var dataset = _raw.Prepare("amazon");

        Assert.Equal(["u a 5 10 1", "u b 4 20 0"], RawFiles.Rows(dataset));
        Assert.Equal(("Tom & Jerry", "One. Two."), (dataset.ItemTexts[1].Title, dataset.ItemTexts[1].Description));
        Assert.Equal(["Cards & Fun", "Kids"], dataset.ItemTexts[1].Keywords);
        Assert.Equal("b", dataset.ItemTexts[2].Title);
        Assert.Equal("amazon-Gift_Cards", dataset.Name);
        Assert.Contains("1 rows were left out, because no text describes their items.", dataset.Card.Notes);
        Assert.Contains("1 rows were left out, because they repeat user, item and time of another.", dataset.Card.Notes);
    }

    [Fact]
    public void Books_of_one_title_are_one_book_and_months_are_split_as_in_the_paper()
    {
        long january = TimeWindow.Months(2017, 1, 1).From, november = TimeWindow.Months(2017, 11, 1).From;
        var lines = from user in Enumerable.Range(0, 21)
                    from book in Enumerable.Range(0, 21)
                    select Review($"u{user}", $"b{book}", 5 - (book % 2), book < 17 ? january + (user * 1000) + book : november + (user * 1000) + book);
        _raw.Write("Books.json", [.. lines, .. Enumerable.Range(0, 21).Select(user => Review($"u{user}", "same", 5, january)), Review("u1", "b1", 5, january - 1)])
            .Write("meta_Books.json", [Meta("same", "Title 3"), .. Enumerable.Range(0, 21).Select(book => Meta($"b{book}", $"Title {book}"))]);

        var dataset = _raw.Prepare("amazon", options => options with { Preset = "books" });

        Assert.Equal((21 * 17, 42, 42), (dataset.RowsOf(Split.Train).Length, dataset.RowsOf(Split.Valid).Length, dataset.RowsOf(Split.Test).Length));
        Assert.Equal((22, 22), (dataset.Users.Count, dataset.Items.Count));
        Assert.All(dataset.Interactions, row => Assert.Equal(row.Rating == 5, row.Label));
        Assert.Equal("book", dataset.ItemNoun);
    }

    [Theory]
    [InlineData("books", "Books", "2017-01-01 to 2017-10-31 UTC", "the earlier half of the rows of 2017-11-01 to 2017-12-31 UTC", 21)]
    [InlineData("toys", "Toys_and_Games", "2015-01-01 to 2017-08-31 UTC", "the earlier half of the rows of 2017-09-01 to 2018-09-30 UTC", 16)]
    [InlineData("beauty", "All_Beauty", "2014-01-01 to 2016-08-31 UTC", "the earlier half of the rows of 2016-09-01 to 2016-12-31 UTC", 6)]
    public void Presets_are_those_of_the_paper(string name, string category, string train, string valid, int minRows)
    {
        var preset = AmazonPresets.Find(name);

        Assert.Equal((category, train, valid, minRows), (preset.Category, preset.Split.Windows["train"], preset.Split.Windows["valid"], preset.MinRows));
    }

    [Fact]
    public void A_meta_file_alone_has_no_ratings()
    {
        _raw.Write("meta_Magazine_Subscriptions.json.gz", Meta("a", "Vogue"));

        Assert.Contains("There is only meta_Magazine_Subscriptions, which describes items and holds no ratings; download the reviews too.", _raw.Refused("amazon"), StringComparison.Ordinal);
    }

    [Fact]
    public void Several_categories_are_asked_about()
    {
        _raw.Write("A.json", Review("u", "a", 5, 10)).Write("B_5.json.gz", Review("u", "a", 5, 10)).Write("meta_C.json", Meta("a", "x"));

        var error = Assert.Throws<ArgumentException>(() => _raw.Prepare("amazon"));

        Assert.Contains("holds reviews of A, B; say which with --category NAME", error.Message, StringComparison.Ordinal);
        Assert.Single(_raw.Prepare("amazon", options => options with { Category = "B" }).Interactions);
    }

    [Fact]
    public void A_filter_is_repeated_on_request_and_needs_a_number_from_somewhere()
    {
        _raw.Write("A.json", Review("u", "a", 5, 10), Review("u", "b", 5, 11), Review("v", "a", 5, 12));

        Assert.Contains("give a number too", Assert.Throws<ArgumentException>(() => _raw.Prepare("amazon", options => options with { IsKCoreIterative = true })).Message, StringComparison.Ordinal);
        Assert.Equal(["u a 5 10 1"], RawFiles.Rows(_raw.Prepare("amazon", options => options with { MinRows = 2 })));
        Assert.Contains("none of 3 ratings is left", _raw.Refused("amazon", options => options with { MinRows = 2, IsKCoreIterative = true }), StringComparison.Ordinal);
    }

    private static string Review(string user, string item, int stars, long time) =>
        $$"""{"overall": {{stars}}.0, "verified": true, "reviewerID": "{{user}}", "asin": "{{item}}", "style": {"Size:": "1"}, "reviewText": "Good.\nBuy it", "unixReviewTime": {{time}}}""";

    private static string Meta(string item, string title) => $$"""{"category": ["Books", "Fiction"], "title": "{{title}}", "asin": "{{item}}", "description": ["x"]}""";
}
