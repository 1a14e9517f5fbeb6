using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace ThinkRec.TestKit;

/// <summary>A hub of models with one repository: its API, its small files, and another server that holds the large ones, as the Hugging Face hub has them.</summary>
public sealed class LoopbackHub : IAsyncDisposable
{
    /// <summary>The repository's name.</summary>
    public const string Name = "acme/tiny-llama";

    /// <summary>What the branch main is.</summary>
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    /// <summary>What the branch of a pull request is.</summary>
    public const string OtherCommit = "fedcba9876543210fedcba9876543210fedcba98";

    private readonly IReadOnlyDictionary<string, byte[]> _files;
    private readonly LoopbackServer _hub;
    private readonly LoopbackServer _storage;

    /// <summary>Starts both servers.</summary>
    /// <param name="files">The files of the repository's top folder, by name.</param>
    public LoopbackHub(IReadOnlyDictionary<string, byte[]> files)
    {
        _files = files;
        _hub = new LoopbackServer(request => Change(request, Answer(request)));
        _storage = new LoopbackServer(request => ChangeStored(request, Stored(request)));
    }

    /// <summary>The hub's address.</summary>
    public Uri Address => new(_hub.Address.GetLeftPart(UriPartial.Authority));

    /// <summary>What the hub was asked.</summary>
    public IReadOnlyCollection<LoopbackRequest> Requests => _hub.Requests;

    /// <summary>What the storage was asked.</summary>
    public IReadOnlyCollection<LoopbackRequest> StorageRequests => _storage.Requests;

    /// <summary>Files of one page of the list.</summary>
    public int PageSize { get; set; } = 3;

    /// <summary>The model's card, as its author wrote it.</summary>
    public JsonNode? Card { get; set; } = new JsonObject { ["license"] = "apache-2.0" };

    /// <summary>Who may have the files; null for everybody.</summary>
    public string? GatedFor { get; set; }

    /// <summary>Changes what the hub answers.</summary>
    public Func<LoopbackRequest, LoopbackReply, LoopbackReply> Change { get; set; } = (_, reply) => reply;

    /// <summary>Changes what the storage answers.</summary>
    public Func<LoopbackRequest, LoopbackReply, LoopbackReply> ChangeStored { get; set; } = (_, reply) => reply;

    /// <summary>Changes what the list says of a file.</summary>
    public Action<JsonObject> ChangeEntry { get; set; } = _ => { };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        await _storage.DisposeAsync();
    }

    /// <summary>The path at which a file is asked for.</summary>
    /// <param name="file">Its name.</param>
    /// <returns>The path.</returns>
    public static string PathOf(string file) => $"/{Name}/resolve/{Commit}/{file}";

    private static bool IsLarge(string name) => name.EndsWith(".safetensors", StringComparison.Ordinal) || name.EndsWith(".bin", StringComparison.Ordinal);

    private static string Sha256Of(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static string GitBlobOf(byte[] content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes($"blob {content.Length}\0"));
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private LoopbackReply Answer(LoopbackRequest request)
    {
        string api = $"/api/models/{Name}/";
        return request.Path == api + "revision/main" || request.Path == api + "revision/" + Commit ? Described(Commit)
            : request.Path == api + "revision/refs%2Fpr%2F1" ? Described(OtherCommit)
            : request.Path.StartsWith($"{api}tree/{Commit}", StringComparison.Ordinal) ? Page(request.Path)
            : _files.Keys.FirstOrDefault(name => request.Path == PathOf(name)) is { } file ? File(request, file)
            : new LoopbackReply(404, """{"error":"not found"}""");
    }

    private LoopbackReply Described(string commit) => new(200, new JsonObject
    {
        ["_id"] = "1",
        ["id"] = Name,
        ["sha"] = commit,
        ["gated"] = GatedFor is null ? false : "manual",
        ["cardData"] = Card?.DeepClone(),
        ["siblings"] = new JsonArray([.. _files.Keys.Select(name => new JsonObject { ["rfilename"] = name })]),
    }.ToJsonString());

    private LoopbackReply Page(string path)
    {
        int from = path.Split("cursor=") is [_, var cursor] ? int.Parse(cursor, CultureInfo.InvariantCulture) : 0;
        JsonObject[] entries = [Entry("directory", "onnx", "", 0), .. _files.Select(file => EntryOf(file.Key, file.Value))];
        return new LoopbackReply(200, new JsonArray([.. entries.Skip(from).Take(PageSize)]).ToJsonString())
        {
            Headers = from + PageSize < entries.Length ? [$"Link: <{Address}api/models/{Name}/tree/{Commit}?cursor={from + PageSize}>; rel=\"next\""] : [],
        };
    }

    private JsonObject EntryOf(string name, byte[] content)
    {
        JsonObject entry = Entry("file", name, GitBlobOf(content), content.Length);
        if (IsLarge(name))
        {
            entry["oid"] = new string('0', 40); // of the pointer that stands for it in git
            entry["lfs"] = new JsonObject { ["oid"] = Sha256Of(content), ["size"] = content.Length, ["pointerSize"] = 135 };
        }

        ChangeEntry(entry);
        return entry;
    }

    private static JsonObject Entry(string type, string path, string oid, long size) => new() { ["type"] = type, ["oid"] = oid, ["size"] = size, ["path"] = path };

    private LoopbackReply File(LoopbackRequest request, string name)
    {
        byte[] content = _files[name];
        return GatedFor is not null && request.Authorization is null ? new LoopbackReply(401, "Access is restricted.")
            : GatedFor is not null && request.Authorization != "Bearer " + GatedFor ? new LoopbackReply(403, "Access is restricted.")
            : !IsLarge(name) ? new LoopbackFile(content) { ETag = $"\"{GitBlobOf(content)}\"" }.Answer(request)
            : new LoopbackReply(302, "Found") { Headers = [$"Location: {_storage.Address}/{Sha256Of(content)}?Signature=signed", $"X-Linked-Etag: \"{Sha256Of(content)}\"", "X-Repo-Commit: " + Commit] };
    }

    private LoopbackReply Stored(LoopbackRequest request) =>
        _files.Values.FirstOrDefault(content => request.Path == $"/v1/{Sha256Of(content)}?Signature=signed") is { } file
            ? new LoopbackFile(file).Answer(request)
            : new LoopbackReply(403, "AccessDenied");
}
