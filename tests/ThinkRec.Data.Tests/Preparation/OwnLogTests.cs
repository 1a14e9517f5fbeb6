using System.Text;
using ThinkRec.Data.Preparation;

namespace ThinkRec.Data.Tests.Preparation;

public sealed class OwnLogTests : IDisposable
{
    private const string Header = "user_id,item_id,rating,timestamp";
    private static readonly string[] Expected = ["u a 5 10 1", "u b 2.5 20 0"];
    private readonly RawFiles _raw = new();

    public void Dispose() => _raw.Dispose();

    [Theory]
    [InlineData("csv", "log.csv", "user_id,item_id,rating,timestamp", "u,a,5,10", "u,b,2.5,20")]
    [InlineData("csv", "log.csv", "\uFEFFuser_id,item_id,rating,timestamp", "\"u\",\"a\",5,10", "", "u,b,2.5,20")]
    [InlineData("csv", "log.csv.gz", "timestamp,rating,item_id,note,user_id", "10,5,a,\"line\nbreak, and \"\"quote\"\"\",u", "20,2.5,b,,u")]
    [InlineData("tsv", "log.tsv", "user_id\titem_id\trating\ttimestamp\tnote", "u\ta\t5\t10\t\"not a quote", "u\tb\t2.5\t20\t")]
    [InlineData("jsonl", "log.jsonl", "{\"user_id\":\"u\",\"item_id\":\"a\",\"rating\":5,\"timestamp\":10}", "{\"x\":{\"rating\":1},\"timestamp\":\"20\",\"rating\":\"2.5\",\"item_id\":\"b\",\"user_id\":\"u\"}")]
    [InlineData("jsonl", "log.json.gz", "{\"user_id\":\"u\",\"item_id\":\"a\",\"rating\":5.0,\"timestamp\":1e1}", "{\"user_id\":\"u\",\"item_id\":\"b\",\"rating\":2.5,\"timestamp\":20}")]
    [InlineData("recbole", "log.inter", "user_id:token\titem_id:token\trating:float\ttimestamp:float", "u\ta\t5\t10", "u\tb\t2.5\t20.0")]
    public void The_same_rows_come_out_of_every_format(string name, string file, params string[] lines)
    {
        _raw.Write(file, lines);

        var dataset = _raw.Prepare(name, options => options with { Log = file, PositiveFrom = 4 });

        Assert.Equal(Expected, RawFiles.Rows(dataset));
        Assert.Equal("log", dataset.Name);
    }

    [Fact]
    public void Fields_are_mapped_and_the_log_may_be_given_itself()
    {
        _raw.Write("my log.csv", "who,what,stars,when,rating", "u,a,5,1970-01-01 00:00:10,9", "u,b,2.5,1970-01-01 00:00:20,9");
        var map = ColumnMap.Parse(["user=who", "item=what", "rating=stars", "time=when"], ColumnMap.LogRoles);

        var dataset = _raw.Prepare("csv", options => options with { Raw = _raw["my log.csv"], Map = map, PositiveFrom = 4 });

        Assert.Equal(Expected, RawFiles.Rows(dataset));
        Assert.Equal("my-log", dataset.Name);
    }

    [Fact]
    public void The_item_file_is_found_beside_the_log_or_where_its_name_says()
    {
        _raw.Write("log.csv", "user_id,item_id,rating,timestamp", "u,a,5,10");
        _raw.Write("items.csv", "item_id,title", "a,Alpha");

        string[] titles = [.. new[] { "items.csv", _raw["items.csv"], Path.GetRelativePath(Environment.CurrentDirectory, _raw["items.csv"]) }
            .Select(name => _raw.Prepare("csv", options => options with { Raw = _raw["log.csv"], ItemFile = name, PositiveFrom = 4 }).ItemTexts[1].Title)];

        Assert.Equal(["Alpha", "Alpha", "Alpha"], titles);
    }

    [Fact]
    public void A_log_of_visits_that_carries_its_own_titles_needs_neither_ratings_nor_times()
    {
        _raw.Write("log.jsonl", "{\"uid\":\"u\",\"iid\":\"b\",\"title\":\"Beta\"}", "{\"uid\":\"v\",\"iid\":\"a\",\"title\":\"Alpha\"}", "{\"uid\":\"v\",\"iid\":\"b\",\"title\":\"Beta\"}");

        var dataset = _raw.Prepare("jsonl", options => options with { Log = "log.jsonl", ItemFile = "log.jsonl", AllLikes = true, FileOrder = true });

        Assert.Equal(["u b 1 0 1", "v a 1 1 1", "v b 1 2 1"], RawFiles.Rows(dataset));
        Assert.Equal(["", "Alpha", "Beta"], dataset.ItemTexts.Select(text => text.Title));
        Assert.Equal(2, dataset.Card.Notes.Count(note => note.StartsWith("Every row is taken for a like", StringComparison.Ordinal) || note.StartsWith("The order of the log", StringComparison.Ordinal)));
    }

    [Fact]
    public void Several_mappings_may_stand_between_commas_and_names_may_hold_commas()
    {
        _raw.Write("log.csv", "who,\"what, then\",rating,time", "u,a,5,10", "u,b,2.5,20");

        var dataset = _raw.Prepare("csv", options => options with { Log = "log.csv", Map = ColumnMap.Parse(["user=who,item=what, then,time=time"], ColumnMap.LogRoles), PositiveFrom = 4 });

        Assert.Equal(Expected, RawFiles.Rows(dataset));
    }

    [Fact]
    public void Items_are_read_from_a_file_of_their_own()
    {
        _raw.Write("log.csv", Header, "u,a,5,10", "u,b,2.5,20", "u,c,1,30").Write("items.jsonl",
            "{\"asin\":\"a\",\"title\":\"<b>Alpha</b>\",\"genres\":[\"war\",\"tense, dark\"],\"year\":1999,\"plot\":\"It begins.\"}", "{\"asin\":\"b\"}");

        var dataset = _raw.Prepare("csv", options => options with { Log = "log.csv", ItemFile = "items.jsonl", PositiveFrom = 4 });

        Assert.Equal(Expected, RawFiles.Rows(dataset));
        Assert.Equal(("Alpha", "It begins.", 1999), (dataset.ItemTexts[1].Title, dataset.ItemTexts[1].Description, dataset.ItemTexts[1].Year));
        Assert.Equal(["war", "tense  dark"], dataset.ItemTexts[1].Keywords);
        Assert.Equal("b", dataset.ItemTexts[2].Title);
        Assert.Contains("1 rows were left out, because no text describes their items.", dataset.Card.Notes);
    }

    [Fact]
    public void Recbole_items_lie_beside_the_log()
    {
        _raw.Write("ml.inter", "user_id:token\titem_id:token\tlabel:float\ttimestamp:float", "u\t1\t1.0\t10", "u\t2\t0.0\t20")
            .Write("ml.item", "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq", "1\tToy Story\t1995\tAnimation Children's", "2\tHeat\t\t");

        var dataset = _raw.Prepare("recbole");

        Assert.Equal(["u 1 1 10 1", "u 2 0 20 0"], RawFiles.Rows(dataset));
        Assert.Equal(("Toy Story", 1995, "Animation/Children's"), (dataset.ItemTexts[1].Title, dataset.ItemTexts[1].Year, string.Join('/', dataset.ItemTexts[1].Keywords)));
        Assert.Null(dataset.Card.PositiveFrom);
    }

    [Fact]
    public void What_was_prepared_can_be_prepared_again_as_recbole_files()
    {
        _raw.Write("log.csv", Header, "u,a,5,10", "u,b,2.5,20").Write("items.csv", "item_id,title,keywords", "a,Alpha,war|sea", "b,Beta,");
        var dataset = _raw.Prepare("csv", options => options with { Log = "log.csv", ItemFile = "items.csv", PositiveFrom = 4 });
        dataset.Save(_raw["prepared"]);

        var again = RawDatasets.Prepare("recbole", new RawDatasetOptions { Raw = _raw["prepared"] });

        Assert.Equal(dataset.Interactions, again.Interactions);
        Assert.Equal(dataset.ItemTexts.Select(text => text.Title + string.Join('/', text.Keywords)), again.ItemTexts.Select(text => text.Title + string.Join('/', text.Keywords)));
    }

    [Theory]
    [InlineData("u,b", "expected 4 fields 'user_id,item_id,rating,timestamp' but found 2")]
    [InlineData("u,b,5,20,1", "expected 4 fields 'user_id,item_id,rating,timestamp' but found 5")]
    [InlineData(",b,5,20", "expected the id of the user but found nothing")]
    [InlineData("u, ,5,20", "expected the id of the item but found nothing")]
    [InlineData("u,\"b\nc\",5,20", "no control characters but found 'b c'")]
    [InlineData("u,b\u0001,5,20", "no control characters but found 'b '")]
    [InlineData("u,b,NaN,20", "expected a finite number as rating but found 'NaN'")]
    [InlineData("u,b,1e99,20", "expected a finite number as rating but found '1e99'")]
    [InlineData("u,b,,20", "expected a finite number as rating but found ''")]
    [InlineData("u,b,\"4,5\",20", "expected a finite number as rating but found '4,5'")]
    [InlineData("u,b,5,", "expected a time, as seconds since 1970 or as a date such as 2018-07-07 22:09:11, but found ''")]
    [InlineData("u,b,5,-1", "but found '-1'")]
    [InlineData("u,b,5,99999999999999999999", "but found '99999999999999999999'")]
    [InlineData("u,b\"c,5,20", "expected paired quotes")]
    public void A_malformed_line_is_named_and_left_out_when_that_is_allowed(string line, string expected)
    {
        _raw.Write("log.csv", Header, "u,a,5,10", line, "u,d,1,30");

        var message = _raw.Refused("csv", options => options with { Log = "log.csv", PositiveFrom = 4 });
        var tolerant = _raw.Prepare("csv", options => options with { Log = "log.csv", PositiveFrom = 4, MaxBad = 1 });

        Assert.StartsWith("log.csv:3: ", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Equal(["u a 5 10 1", "u d 1 30 0"], RawFiles.Rows(tolerant));
        Assert.Contains(tolerant.Card.Notes, note => note.StartsWith("1 malformed line(s) were left out: log.csv:3: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "expected a JSON object but found ''")]
    [InlineData("[]", "expected a JSON object but found '[]'")]
    [InlineData("{\"user_id\":\"u\"", "expected a JSON object")]
    [InlineData("{\"user_id\":\"u\",\"item_id\":\"b\",\"rating\":5,\"timestamp\":20} x", "expected a JSON object")]
    [InlineData("{\"user_id\":\"\\ud800\",\"item_id\":\"b\",\"rating\":5,\"timestamp\":20}", "expected a JSON object")]
    [InlineData("{\"user_id\":{\"id\":1},\"item_id\":\"b\",\"rating\":5,\"timestamp\":20}", "expected the id of the user but found nothing")]
    [InlineData("{\"user_id\":null,\"item_id\":\"b\",\"rating\":5,\"timestamp\":20}", "expected the id of the user but found nothing")]
    [InlineData("{\"user_id\":\"u\",\"item_id\":\"b\",\"timestamp\":20}", "expected a finite number as rating but found ''")]
    [InlineData("{\"user_id\":\"u\",\"item_id\":\"b\",\"rating\":5}", "expected a time")]
    [InlineData("{\"user_id\":\"u\\u0000\",\"item_id\":\"b\",\"rating\":5,\"timestamp\":20}", "no control characters")]
    public void A_malformed_object_is_named_and_left_out_when_that_is_allowed(string line, string expected)
    {
        const string First = "{\"user_id\":\"u\",\"item_id\":\"a\",\"rating\":5,\"timestamp\":10}";
        _raw.Write("log.jsonl", First, line, First.Replace("10", "30", StringComparison.Ordinal));

        var message = _raw.Refused("jsonl", options => options with { Log = "log.jsonl", PositiveFrom = 4 });
        var tolerant = _raw.Prepare("jsonl", options => options with { Log = "log.jsonl", PositiveFrom = 4, MaxBad = 1 });

        Assert.StartsWith("log.jsonl:2: ", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Equal(2, tolerant.Interactions.Length);
    }

    [Theory]
    [InlineData("log.csv", "", "log.csv:1: the file is empty")]
    [InlineData("log.jsonl", "", "log.jsonl:1: the file is empty")]
    [InlineData("log.csv", Header + "\n", "the log holds no row that can be read")]
    [InlineData("log.csv", "a,b,c\n1,2,3\n", "log.csv:1: none of the fields 'a, b, c' has a usual name of the user")]
    [InlineData("log.csv", "user,user,item,rating,time\n1,2,3,4,5\n", "the header names it more than once")]
    [InlineData("log.xlsx", "x", "expected a file .csv, .tsv, .jsonl or .json")]
    [InlineData("log.csv.gz", null, "log.csv.gz: ")]
    public void A_file_that_is_no_log_is_refused(string file, string? text, string expected)
    {
        if (text is null)
        {
            _raw.Write(file, [Header, .. Enumerable.Range(0, 5000).Select(i => $"u{i * 7919 % 977},i{i * 31 % 601},5,{i}")]);
            File.WriteAllBytes(_raw[file], File.ReadAllBytes(_raw[file])[..^2000]);
        }
        else
        {
            _raw.WriteBytes(file, Encoding.UTF8.GetBytes(text));
        }

        Assert.Contains(expected, _raw.Refused("csv", options => options with { Log = file, PositiveFrom = 4 }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_without_labels_and_threshold_is_refused_with_the_remedy()
    {
        _raw.Write("log.csv", Header, "u,a,5,10");

        Assert.Contains("--positive-from RATING", _raw.Refused("csv", options => options with { Log = "log.csv" }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_mapped_field_that_is_not_there_is_named()
    {
        _raw.Write("log.csv", Header, "u,a,5,10");
        var map = ColumnMap.Parse(["user=usr"], ColumnMap.LogRoles);

        Assert.Contains("expected a column 'usr' but found 'user_id, item_id", _raw.Refused("csv", options => options with { Log = "log.csv", Map = map, PositiveFrom = 4 }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("user", "expected ROLE=NAME")]
    [InlineData("usr=a", "one of the roles user, item, rating, label, time")]
    [InlineData("user=", "expected ROLE=NAME")]
    public void A_mapping_that_is_none_is_refused(string assignment, string expected) =>
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => ColumnMap.Parse([assignment], ColumnMap.LogRoles)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_quote_that_is_never_closed_does_not_swallow_the_file()
    {
        _raw.Write("log.csv", [Header, "u,\"a,5,10", .. Enumerable.Repeat("u,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,5,10", 60_000)]);

        Assert.Contains("Is a quote not closed", _raw.Refused("csv", options => options with { Log = "log.csv", PositiveFrom = 4, MaxBad = 9 }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("csv", "log.csv")]
    [InlineData("jsonl", "log.jsonl")]
    public void A_line_without_end_is_refused_before_it_fills_the_memory(string name, string file)
    {
        var line = new byte[RawLineReader.MaxLineBytes + 100_000];   // some of it may be read together with the header
        Array.Fill(line, (byte)',');
        _raw.WriteBytes(file, [.. Encoding.UTF8.GetBytes(name == "csv" ? Header + "\n" : "{\"user\":1,\"item\":2,\"rating\":3,\"time\":4}\n"), .. line]);

        Assert.Contains($"{file}:2: ", _raw.Refused(name, options => options with { Log = file, PositiveFrom = 4, MaxBad = 9 }), StringComparison.Ordinal);
    }

    [Fact]
    public void Short_fields_of_many_lines_do_not_make_a_record_without_end()
    {
        _raw.WriteBytes("log.csv", Encoding.UTF8.GetBytes($"{Header}\n{string.Concat(Enumerable.Repeat("\"x\n\",", 4_000_000))}\n"));

        Assert.StartsWith("log.csv:2: expected a line of at most", _raw.Refused("csv", options => options with { Log = "log.csv", PositiveFrom = 4, MaxBad = 9 }), StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_named()
    {
        _raw.WriteBytes("log.csv", [.. Encoding.UTF8.GetBytes(Header + "\nu,a,5,10\nu,b"), 0xE9, .. Encoding.UTF8.GetBytes(",5,20\n")]);

        Assert.Contains("expected UTF-8 text from here on", _raw.Refused("csv", options => options with { Log = "log.csv", PositiveFrom = 4 }), StringComparison.Ordinal);
    }
}
