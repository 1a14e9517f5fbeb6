using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using ThinkRec.TestKit;

namespace ThinkRec.Data.Tests.Download;

/// <summary>What the publishers' servers hold, in small, at the same paths.</summary>
internal static class PublisherServer
{
    public const string LatestSmall = "/datasets/movielens/ml-latest-small.zip";
    public const string GiftCards = "/public_datasets/data/amazon_v2/categoryFilesSmall/Gift_Cards_5.json.gz";
    public const string GiftCardsMeta = "/public_datasets/data/amazon_v2/metaFiles2/meta_Gift_Cards.json.gz";

    public static byte[] Zip { get; } = ZipOf(
        ("ml-latest-small/ratings.csv", "userId,movieId,rating,timestamp\n" + string.Concat(Enumerable.Range(1, 20).Select(i => $"{i % 3},{i % 5},{i % 5 + 0.5},{1000 + i}\n"))),
        ("ml-latest-small/movies.csv", "movieId,title,genres\n" + string.Concat(Enumerable.Range(0, 5).Select(i => $"{i},Film {i} (199{i}),Drama\n"))),
        ("ml-latest-small/README.txt", "terms"));

    public static Dictionary<string, byte[]> Files() => new(StringComparer.Ordinal)
    {
        [LatestSmall] = Zip,
        [LatestSmall + ".md5"] = Encoding.ASCII.GetBytes($"{Md5(Zip)}  ml-latest-small.zip\n"),
        ["/datasets/movielens/ml-1m.zip"] = Zip,
        ["/datasets/movielens/ml-32m.zip"] = Zip,
        [GiftCards] = Gzip(string.Concat(Enumerable.Range(0, 12).Select(i =>
            $"{{\"overall\": {1 + (i % 5)}.0, \"reviewerID\": \"u{i % 3}\", \"asin\": \"a{i % 4}\", \"unixReviewTime\": {1000 + i}}}\n"))),
        [GiftCardsMeta] = Gzip(string.Concat(Enumerable.Range(0, 4).Select(i => $"{{\"title\": \"Card {i}\", \"asin\": \"a{i}\", \"category\": [\"Gift Cards\"]}}\n"))),
    };

    public static LoopbackServer Start(Dictionary<string, byte[]> files, Func<LoopbackRequest, LoopbackReply, LoopbackReply>? change = null) => new(request =>
    {
        LoopbackReply reply = files.TryGetValue(request.Path, out byte[]? file) ? new LoopbackFile(file).Answer(request) : new LoopbackReply(404, "");
        return change?.Invoke(request, reply) ?? reply;
    });

    public static Uri Root(this LoopbackServer server) => new(server.Address.GetLeftPart(UriPartial.Authority));

    public static string Md5(byte[] content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static byte[] Gzip(string text)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }
        return memory.ToArray();
    }

    public static byte[] ZipOf(params (string Name, string Text)[] entries)
    {
        using var memory = new MemoryStream();
        using (var archive = new ZipArchive(memory, ZipArchiveMode.Create))
        {
            foreach (var (name, text) in entries)
            {
                using Stream stream = archive.CreateEntry(name).Open();
                stream.Write(Encoding.UTF8.GetBytes(text));
            }
        }
        return memory.ToArray();
    }
}
