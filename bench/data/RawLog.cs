using System.Globalization;
using System.Text;
using ThinkRec.Data;

namespace ThinkRec.Bench.Data;

/// <summary>Writes raw files of a size that look like those of Amazon's books, Yelp or ML-1M. The same size gives the same bytes.</summary>
/// <remarks>
/// Users, items and the rows inside the window are the same for every size, so that only what a preparation leaves out grows. Of the items 2 % are described twice, 2 %
/// share their title with another, 5 % are not described; one row in a hundred is there twice.
/// </remarks>
internal sealed class RawLog
{
    private const int NumUsers = 20_000;
    private const int NumItems = 10_000;
    private const int WindowRows = 400_000;
    private const int RepeatOneIn = 100;
    private const long WindowStart = 1_483_228_800;   // 2017, UTC
    private const long WindowEnd = 1_514_764_800;
    private const long FirstTime = 946_684_800;       // 2000
    private readonly MadeUpWords _words = new(SeededRandom.Stream(1, "words"));
    private readonly SeededRandom _random = SeededRandom.Stream(1, "rows");
    private readonly List<byte> _line = [];

    /// <summary>Writes the files of one kind.</summary>
    public static int Write(string kind, string folder, long bytes)
    {
        Directory.CreateDirectory(folder);
        var log = new RawLog();
        if (kind == "amazon")
        {
            log.Write(Path.Combine(folder, "meta_Books.json"), NumItems, log.AmazonItem);
            log.WriteRows(Path.Combine(folder, "Books.json"), bytes, log.AmazonRow);
        }
        else if (kind == "yelp")
        {
            log.Write(Path.Combine(folder, "yelp_academic_dataset_business.json"), NumItems, log.YelpItem);
            log.WriteRows(Path.Combine(folder, "yelp_academic_dataset_review.json"), bytes, log.YelpRow);
        }
        else
        {
            log.Write(Path.Combine(folder, "movies.dat"), NumItems, log.MovieLensItem);
            log.WriteRows(Path.Combine(folder, "ratings.dat"), bytes, log.MovieLensRow);
        }

        return 0;
    }

    private void Write(string path, int count, Action<int> append)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        for (int item = 0; item < count; item++)
        {
            append(item);
            End(file);
        }
    }

    // The average length of a row is found on the first thousand, so that the share inside the window can be told.
    private void WriteRows(string path, long bytes, Action<int, int, long> append)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        double share = 1;
        for (long row = 0; file.Position < bytes; row++)
        {
            if (row is 0 or 1000)
            {
                double rows = row == 0 ? double.MaxValue : bytes / (file.Position / (double)row);
                share = WindowRows / rows;
            }

            bool isInside = _random.NextDouble() < share;
            long time = isInside ? WindowStart + Below(WindowEnd - WindowStart) : FirstTime + Below(WindowStart - FirstTime);
            append(Skewed(NumUsers), Skewed(NumItems), time);
            byte[] repeated = Below(RepeatOneIn) == 0 ? [.. _line, (byte)'\n'] : [];
            End(file);
            file.Write(repeated);
        }
    }

    private void AmazonRow(int user, int item, long time)
    {
        var date = DateTimeOffset.FromUnixTimeSeconds(time);
        Text($"{{\"overall\": {1 + (Below(10) < 6 ? 4 : Below(5))}.0, ");
        if (Below(6) == 0)
        {
            Text($"\"vote\": \"{2 + Below(60)}\", ");
        }

        Text($"\"verified\": {(Below(3) > 0 ? "true" : "false")}, \"reviewTime\": \"{date.Month:00} {date.Day}, {date.Year}\", \"reviewerID\": \"{AmazonUser(user)}\", \"asin\": \"{Asin(item)}\", ");
        if (Below(2) == 0)
        {
            Text("\"style\": {\"Format:\": \" Paperback\"}, ");
        }

        Words("\"reviewerName\": \"", 2);
        Words("\", \"reviewText\": \"", _words.ReviewLength());
        Words("\", \"summary\": \"", 2 + Below(6));
        Text($"\", \"unixReviewTime\": {time}}}");
    }

    private void AmazonItem(int item)
    {
        if (item % 20 == 7)
        {
            item++;   // described twice, or not at all
        }

        Text($"{{\"category\": [\"Books\", \"Shelf {item % 30}\", \"Sub-shelf &amp; more {item % 300}\"], \"tech1\": \"\", \"description\": [\"<b>Blurb:</b> ");
        Words("", 40 + Below(60));
        Text("\"], \"fit\": \"\", \"title\": \"");
        Title(item);
        Words("\", \"also_buy\": [], \"tech2\": \"\", \"brand\": \"", 2);
        Text($"\", \"feature\": [], \"rank\": \"{item},{Below(900) + 100} in Books (\", \"also_view\": [{string.Join(", ", Enumerable.Range(0, Below(20)).Select(n => $"\"{Asin(Below(NumItems))}\""))}], ");
        Text($"\"details\": {{\"Publisher:\": \"Made up\", \"Language:\": \"English\"}}, \"main_cat\": \"Books\", \"similar_item\": \"\", \"date\": \"\", \"price\": \"${Below(40)}.99\", \"asin\": \"{Asin(item)}\", ");
        Text($"\"imageURL\": [\"https://images.example/{Asin(item)}.jpg\"], \"imageURLHighRes\": []}}");
    }

    private void YelpRow(int user, int item, long time)
    {
        Text($"{{\"review_id\":\"{YelpId("r", Below(int.MaxValue))}\",\"user_id\":\"{YelpId("u", user)}\",\"business_id\":\"{YelpId("b", item)}\",\"stars\":{1 + Below(5)}.0,\"useful\":{Below(9)},\"funny\":{Below(4)},\"cool\":{Below(4)},");
        Words("\"text\":\"", _words.ReviewLength());
        Text($"\",\"date\":\"{DateTimeOffset.FromUnixTimeSeconds(time):yyyy-MM-dd HH:mm:ss}\"}}");
    }

    private void YelpItem(int item)
    {
        Words($"{{\"business_id\":\"{YelpId("b", item)}\",\"name\":\"", 3);
        Text($" {item}\",\"address\":\"{Below(9000)} Road\",\"city\":\"Tucson\",\"state\":\"AZ\",\"postal_code\":\"85711\",\"latitude\":32.2,\"longitude\":-110.8,\"stars\":3.5,\"review_count\":{Below(900)},\"is_open\":1,");
        Text("\"attributes\":{\"OutdoorSeating\":\"True\",\"HasTV\":\"False\"},\"categories\":\"Food, Coffee & Tea\",\"hours\":{\"Monday\":\"8:0-22:0\"}}");
    }

    private void MovieLensRow(int user, int item, long time) => Text($"{user + 1}::{item + 1}::{1 + Below(5)}::{time}");

    private void MovieLensItem(int item)
    {
        Words($"{item + 1}::", 3);
        Text($" ({1950 + Below(60)})::Drama|Comedy");
    }

    private void Title(int item)
    {
        string title = $"Title {(item % 50 == 3 ? item - 1 : item)}";
        Text(item % 10 == 0 ? $"<span class=\\\"a-size\\\">{title}</span> &amp; sons" : title);
    }

    private static string AmazonUser(int user) => $"A{(user * 2_654_435_761L) % 9_999_999_967:0000000000}{user % 1000:000}";

    private static string Asin(int item) => $"{1_000_000_000L + (item * 7_919L)}";

    private static string YelpId(string kind, int number) => $"{kind}{number:000000000000000000000}";

    // The density falls off as 1/sqrt: few have much.
    private int Skewed(int count)
    {
        double place = _random.NextDouble();
        return (int)(place * place * count);
    }

    private long Below(long limit) => (long)(_random.NextUInt64() % (ulong)limit);

    private int Below(int limit) => (int)Below((long)limit);

    private void Text(FormattableString text) => Text(text.ToString(CultureInfo.InvariantCulture));

    private void Text(string text) => _line.AddRange(Encoding.UTF8.GetBytes(text));

    private void Words(string before, int count)
    {
        Text(before);
        _words.Append(_line, count);
    }

    private void End(FileStream file)
    {
        _line.Add((byte)'\n');
        file.Write(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_line));
        _line.Clear();
    }
}
