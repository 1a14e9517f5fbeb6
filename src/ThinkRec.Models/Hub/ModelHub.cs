using ThinkRec.Downloads;

namespace ThinkRec.Models.Hub;

/// <summary>Where models come from, and as whom it is asked.</summary>
public sealed class ModelHub
{
    private static readonly string[] StorageHosts = ["huggingface.co", ".huggingface.co", ".hf.co"]; // as the hub's own page on firewalls names them
    private readonly string _base;
    private readonly string? _token;

    /// <summary>Names a hub.</summary>
    /// <param name="address">Its address; null for Hugging Face's.</param>
    /// <param name="token">Sent to that host alone, never to where it redirects; null for nobody's.</param>
    /// <exception cref="ArgumentException">The address is not https, nor http on this machine; or the token holds what no token holds. The message does not repeat it.</exception>
    public ModelHub(Uri? address = null, string? token = null)
    {
        Address = address ?? new Uri(Official);
        if (!Address.IsAbsoluteUri || !(Address.Scheme == Uri.UriSchemeHttps || (Address.Scheme == Uri.UriSchemeHttp && Address.IsLoopback)) || Address.Query.Length + Address.Fragment.Length > 0)
        {
            throw new ArgumentException($"expected a hub's address https://… but found '{Address.OriginalString}'.");
        }

        if (token is not null && (token.Length == 0 || token.Any(c => c is <= ' ' or > '~')))
        {
            throw new ArgumentException("the token holds spaces, line ends or other characters that no token has. Copy it once more from https://huggingface.co/settings/tokens.");
        }

        (_base, _token) = (Address.GetLeftPart(UriPartial.Path).TrimEnd('/'), token);
    }

    /// <summary>The address of Hugging Face's hub.</summary>
    public static string Official => "https://huggingface.co";

    /// <summary>The hub's address.</summary>
    public Uri Address { get; }

    /// <summary>Whether it is asked as somebody.</summary>
    public bool HasToken => _token is not null;

    /// <summary>The page of a repository, for people.</summary>
    /// <param name="name"><c>OWNER/NAME</c>.</param>
    /// <returns>Its address.</returns>
    public Uri PageOf(string name) => new($"{_base}/{name}");

    /// <summary>Something of the hub.</summary>
    /// <param name="path">Its path, escaped.</param>
    internal RemoteFile At(string path) => new() { Address = new Uri($"{_base}/{path}"), BearerToken = _token, RedirectHosts = StorageHosts };
}
