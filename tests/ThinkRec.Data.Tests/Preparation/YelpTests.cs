using ThinkRec.Data.Preparation;

namespace ThinkRec.Data.Tests.Preparation;

public sealed class YelpTests : IDisposable
{
    private readonly RawFiles _raw = new();

    public void Dispose() => _raw.Dispose();

    [Fact]
    public void A_business_is_described_by_its_place_attributes_and_categories()
    {
        _raw.Write("yelp_academic_dataset_business.json",
                """{"business_id":"b","name":"Joe&#39;s  Grill","city":"Santa Barbara","state":"CA","attributes":{"OutdoorSeating":"True","HasTV":true,"Caters":"False","WiFi":"u'no'","BusinessParking":{"lot":true}},"categories":"Bars, Food & Wine"}""",
                """{"business_id":"c","name":"Empty","city":"","state":"XGL","attributes":null,"categories":null}""")
            .Write("yelp_academic_dataset_review.json.gz", Review("u", "b", 4, "2018-07-07 22:09:11"), Review("u", "c", 3, "2018-07-08 00:00:00"));

        var dataset = _raw.Prepare("yelp");

        Assert.Equal(["u b 4 1531001351 1", "u c 3 1531008000 0"], RawFiles.Rows(dataset));
        Assert.Equal(("Joe's Grill", "Santa Barbara, California. outdoor seating, has tv"), (dataset.ItemTexts[1].Title, dataset.ItemTexts[1].Description));
        Assert.Equal(["Bars", "Food & Wine"], dataset.ItemTexts[1].Keywords);
        Assert.Equal(("Empty", "XGL", 0), (dataset.ItemTexts[2].Title, dataset.ItemTexts[2].Description, dataset.ItemTexts[2].Keywords.Count));
    }

    [Theory]
    [InlineData("""{"review_id":"r"}""", "expected the id of the user but found nothing")]
    [InlineData("""{"user_id":"u","business_id":"b","stars":6,"date":"2018-07-07 22:09:11"}""", "expected a rating from 1 to 5 but found '6'")]
    [InlineData("""{"user_id":"u","business_id":"b","stars":5,"date":"July 7, 2018"}""", "expected a time")]
    [InlineData("""{"user_id":"u","business_id":"b","stars":5,"date":"2018-07-07 22:09:""", "expected a JSON object")]
    public void A_malformed_review_is_named(string line, string expected)
    {
        _raw.Write("review.json", Review("u", "b", 4, "2018-07-07 22:09:11"), line);

        var message = _raw.Refused("yelp");

        Assert.StartsWith("review.json:2: ", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_papers_windows_filter_and_halves_are_those_of_its_preset()
    {
        // 21 users who each rate 21 businesses between 2010 and 2021, and one who rates only one of them.
        var lines = from user in Enumerable.Range(0, 21)
                    from business in Enumerable.Range(0, 21)
                    let month = (user + (business * 7)) % 144
                    select Review($"u{user}", $"b{business}", 1 + ((user + business) % 5), $"{2010 + (month / 12)}-{1 + (month % 12):00}-05 10:00:00");
        _raw.Write("review.json", [.. lines, Review("rare", "b1", 5, "2015-01-01 00:00:00"), Review("u1", "b1", 5, "2009-12-31 23:59:59"), Review("u1", "b1", 5, "2022-02-01 00:00:00")]);

        var dataset = _raw.Prepare("yelp", options => options with { Preset = "paper" });

        long lastTrain = TimeWindow.Months(2010, 1, 119).To, end = TimeWindow.Months(2019, 12, 26).To;
        var rest = dataset.RowsOf(Split.Valid).Length + dataset.RowsOf(Split.Test).Length;
        Assert.Equal((441, 22), (dataset.Interactions.Length, dataset.Users.Count));
        Assert.Equal(dataset.Interactions.Count(row => row.Timestamp < lastTrain), dataset.RowsOf(Split.Train).Length);
        Assert.Equal(rest / 2, dataset.RowsOf(Split.Valid).Length);
        Assert.All(dataset.Interactions, row => Assert.Equal(row.Rating >= 4, row.Label));
        Assert.All(dataset.Interactions, row => Assert.True(row.Timestamp < end));
    }

    [Fact]
    public void Without_a_file_of_businesses_ids_stand_in_for_titles()
    {
        _raw.Write("review.json", Review("u", "b", 4, "2018-07-07 22:09:11"));

        Assert.Contains("1 of 1 items have no title; their id stands in for it.", _raw.Prepare("yelp").Card.Notes);
    }

    private static string Review(string user, string business, int stars, string date) =>
        $$"""{"review_id":"r","user_id":"{{user}}","business_id":"{{business}}","stars":{{stars}}.0,"text":"It was \"good\", \n\ud83d\ude00.","date":"{{date}}"}""";
}
