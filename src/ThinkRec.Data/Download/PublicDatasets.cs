using ThinkRec.Downloads;

namespace ThinkRec.Data.Download;

/// <summary>The datasets that can be downloaded, by name.</summary>
public static class PublicDatasets
{
    private const string Amazon = "amazon";
    private const string AmazonFull = "amazon-full";
    private const string Yelp = "yelp";
    private const string GroupLens = "https://files.grouplens.org/datasets/movielens/";
    private const string Ucsd = "https://mcauleylab.ucsd.edu/public_datasets/data/amazon_v2/";

    private const string GroupLensTerms =
        "MovieLens, by GroupLens Research at the University of Minnesota. For research; no commercial or revenue-bearing use without permission of GroupLens. No claim that the university "
        + "endorses you. Publications cite Harper and Konstan, The MovieLens Datasets, ACM TiiS 5(4), 2015. Whether the data may be passed on differs by set: the sets' README says so. No warranty.";

    private const string AmazonTerms =
        "Amazon Review Data (2018), collected by Jianmo Ni at UC San Diego. Offered for research; no licence is granted to the reviews themselves, which belong to Amazon and their writers. "
        + "Do not publish them. Publications cite Ni, Li and McAuley, Justifying recommendations using distantly-labeled reviews and fine-grained aspects, EMNLP 2019.";

    // MD5: what GroupLens publishes beside the files. Lengths and SHA-256: as TensorFlow Datasets recorded them (tensorflow_datasets/url_checksums/movielens.txt).
    private static readonly PublicDataset[] MovieLens =
    [
        MovieLensSet("ml-100k", "ml-100k", 4_924_029, "0e33842e24a9c977be4e0107933c0723", "50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229"),
        MovieLensSet("ml-1m", "ml-1m", 5_917_549, "c4d9eecfca2ab87c1945afe126590906", "a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20"),
        MovieLensSet("ml-25m", "ml-latest", 261_978_986, "6b51fb2759a8657d3bfcbfc42b592ada", "8b21cfb7eb1706b4ec0aac894368d90acf26ebdfb6aced3ebd4ad5bd1eb9c6aa"),
        MovieLensSet("ml-32m", "ml-latest", null, "d472be332d4daa821edc399621853b57", null),
        Changing(MovieLensSet("ml-latest-small", "ml-latest", null, null, null)),
        Changing(MovieLensSet("ml-latest", "ml-latest", null, null, null)),
    ];

    /// <summary>The categories of Amazon Review Data 2018, as its files spell them.</summary>
    public static IReadOnlyList<string> AmazonCategories { get; } =
    [
        "AMAZON_FASHION", "All_Beauty", "Appliances", "Arts_Crafts_and_Sewing", "Automotive", "Books", "CDs_and_Vinyl", "Cell_Phones_and_Accessories",
        "Clothing_Shoes_and_Jewelry", "Digital_Music", "Electronics", "Gift_Cards", "Grocery_and_Gourmet_Food", "Home_and_Kitchen", "Industrial_and_Scientific",
        "Kindle_Store", "Luxury_Beauty", "Magazine_Subscriptions", "Movies_and_TV", "Musical_Instruments", "Office_Products", "Patio_Lawn_and_Garden",
        "Pet_Supplies", "Prime_Pantry", "Software", "Sports_and_Outdoors", "Tools_and_Home_Improvement", "Toys_and_Games", "Video_Games",
    ];

    /// <summary>Their names, for people.</summary>
    public static string Names => $"{string.Join(", ", MovieLens.Select(set => set.Name))}, {Amazon}/CATEGORY (users and items with five reviews), {AmazonFull}/CATEGORY (all reviews)";

    /// <summary>Looks a dataset up.</summary>
    /// <param name="name">Such as <c>ml-1m</c> or <c>amazon/Books</c>.</param>
    /// <returns>The dataset.</returns>
    /// <exception cref="ArgumentException">There is none of that name, or it cannot be had without a person; the message says how to get it.</exception>
    public static PublicDataset Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name == Yelp)
        {
            throw new ArgumentException(
                "the Yelp Open Dataset has no public address: Yelp hands it out to who fills in the form at https://business.yelp.com/data/resources/open-dataset/ and accepts its agreement. "
                + "Unpack yelp_academic_dataset_review.json and yelp_academic_dataset_business.json into a folder RAW; then: thinkrec data prepare yelp --raw RAW --out data/yelp");
        }
        return Array.Find(MovieLens, set => set.Name == name)
            ?? (name.Split('/') is [Amazon or AmazonFull, var category] ? AmazonSet(name, category) : throw new ArgumentException($"there is no dataset '{name}' to download; there are: {Names}."));
    }

    private static PublicDataset MovieLensSet(string name, string prepareAs, long? length, string? md5, string? sha256) => new()
    {
        Name = name,
        Files = [new RemoteFile { Address = new Uri($"{GroupLens}{name}.zip"), Length = length, Md5 = md5, Sha256 = sha256, MaxBytes = 4L << 30, RedirectHosts = [".grouplens.org"] }],
        PrepareAs = prepareAs,
        Terms = GroupLensTerms,
        TermsAddress = new Uri($"{GroupLens}{name}-README.{(name is "ml-100k" or "ml-1m" ? "txt" : "html")}"),
    };

    private static PublicDataset Changing(PublicDataset set) => set with { Md5Address = new Uri(set.Files[0].Address.AbsoluteUri + ".md5") };

    // Nobody publishes checksums of these.
    private static PublicDataset AmazonSet(string name, string category)
    {
        if (!AmazonCategories.Contains(category))
        {
            throw new ArgumentException($"there is no category '{category}' of Amazon Review Data 2018; there are: {string.Join(", ", AmazonCategories)}.");
        }
        string reviews = name.StartsWith(AmazonFull, StringComparison.Ordinal) ? $"categoryFiles/{category}.json.gz" : $"categoryFilesSmall/{category}_5.json.gz";
        return new PublicDataset
        {
            Name = name,
            Files = [.. new[] { reviews, $"metaFiles2/meta_{category}.json.gz" }.Select(path => new RemoteFile { Address = new Uri(Ucsd + path), MaxBytes = 64L << 30, RedirectHosts = [".ucsd.edu"] })],
            PrepareAs = $"amazon --category {category}",
            Terms = AmazonTerms,
            TermsAddress = new Uri("https://nijianmo.github.io/amazon/index.html"),
        };
    }
}
