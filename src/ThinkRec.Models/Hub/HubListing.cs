using System.Text.Json;
using ThinkRec.Downloads;

namespace ThinkRec.Models.Hub;

/// <summary>What a hub says about a repository: its commit, its licence and its files.</summary>
internal sealed class HubListing(Downloader downloader, ModelHub hub)
{
    private const int MaxBytes = 1 << 24; // of one answer; the description of a model names all its files
    private const int MaxFiles = 10_000;
    private const long MaxFileBytes = 1L << 40;
    private const int MaxPages = 200;
    private const int MaxShown = 200;
    private const int Sha256Length = 64;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { MaxDepth = 32 };

    /// <summary>Asks for a state of a repository.</summary>
    /// <exception cref="DownloadException">There is none, or the answer is something else.</exception>
    public async Task<(string Commit, string? Licence)> DescribeAsync(ModelRepository repository, CancellationToken stop)
    {
        RemoteFile address = hub.At($"api/models/{repository.Name}/revision/{Uri.EscapeDataString(repository.Revision)}");
        RemotePage page = await downloader.FetchPageAsync(address with { MaxBytes = MaxBytes }, stop).ConfigureAwait(false);
        Description model = Read<Description>(address, page.Text);
        return IsHex(model.Sha, PullRecord.CommitLength)
            ? (model.Sha!, LicenceOf(model.CardData))
            : throw Unexpected(address, $"the commit '{Short(model.Sha)}'");
    }

    /// <summary>Asks for the files in the top folder of a commit, page by page.</summary>
    /// <exception cref="DownloadException">The answers are something else, or have no end.</exception>
    public async Task<IReadOnlyList<HubFile>> FilesAsync(ModelRepository repository, string commit, CancellationToken stop)
    {
        RemoteFile address = hub.At($"api/models/{repository.Name}/tree/{commit}");
        Dictionary<string, HubFile> files = new(StringComparer.Ordinal);
        string? query = "";
        for (int pages = 0; query is not null; pages++)
        {
            RemoteFile at = address with { Address = new Uri(address.Address.AbsoluteUri + query), MaxBytes = MaxBytes };
            RemotePage page = pages < MaxPages && files.Count <= MaxFiles
                ? await downloader.FetchPageAsync(at, stop).ConfigureAwait(false)
                : throw Unexpected(address, $"more than {files.Count} files on {pages} pages, and no end");
            foreach (Entry entry in Read<Entry[]>(at, page.Text).Where(entry => entry?.Type == "file"))
            {
                HubFile file = FileOf(at, entry);
                if (!files.TryAdd(file.Name, file))
                {
                    throw Unexpected(at, $"'{Short(file.Name)}' twice");
                }
            }

            query = QueryOf(page.Next);
        }

        return [.. files.Values];
    }

    // Of the next page only the place is taken: who is asked is not for an answer to decide.
    private static string? QueryOf(string? next) => next?.IndexOf('?', StringComparison.Ordinal) is { } at and >= 0 ? next[at..] : null;

    private static HubFile FileOf(RemoteFile at, Entry entry)
    {
        long? bytes = entry.Lfs?.Size ?? entry.Size;
        bool isKnown = entry.Lfs is null ? IsHex(entry.Oid, PullRecord.CommitLength) : IsHex(entry.Lfs.Oid, Sha256Length);
        return entry.Path is { Length: > 0 } name && bytes is >= 0 and <= MaxFileBytes && isKnown
            ? new HubFile(name, bytes.Value, entry.Lfs?.Oid, entry.Lfs is null ? entry.Oid : null)
            : throw Unexpected(at, $"'{Short(entry.Path)}' without a length and a checksum that a file can have");
    }

    // The card is free text of its author; one name or several.
    private static string? LicenceOf(JsonElement card)
    {
        if (card.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        string[] names = [.. Texts(card, "license"), .. Texts(card, "license_name"), .. Texts(card, "license_link")];
        return names.Length > 0 ? Short(string.Join(", ", names)) : null;
    }

    private static IEnumerable<string> Texts(JsonElement card, string key) =>
        !card.TryGetProperty(key, out JsonElement value) ? []
        : value.ValueKind == JsonValueKind.String ? [value.GetString()!]
        : value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)
        : [];

    private static T Read<T>(RemoteFile at, string text)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(text, Json) ?? throw new JsonException("It is null.");
        }
        catch (JsonException error)
        {
            throw new DownloadException($"{at.Address}: expected what a hub says about a model but found '{Short(text)}'. Is {at.Address.Host} a hub?", error);
        }
    }

    private static bool IsHex(string? text, int length) => text?.Length == length && text.All(char.IsAsciiHexDigit);

    private static string Short(string? text) => text is { Length: > MaxShown } ? text[..MaxShown] + "…" : text ?? "";

    private static DownloadException Unexpected(RemoteFile at, string found) =>
        new($"{at.Address}: expected what a hub says about a model but found {found}. Nothing of it was taken.");

    private sealed record Description(string? Sha, JsonElement CardData);

    private sealed record Entry(string? Type, string? Path, string? Oid, long? Size, LargeFile? Lfs);

    private sealed record LargeFile(string? Oid, long? Size);
}
