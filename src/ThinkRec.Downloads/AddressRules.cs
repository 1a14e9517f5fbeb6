namespace ThinkRec.Downloads;

/// <summary>Which addresses are asked: those that nobody on the way can read or change, and those of this machine.</summary>
internal static class AddressRules
{
    /// <summary>Refuses an address that is not https, nor http on this machine.</summary>
    /// <exception cref="DownloadException">It is neither, or carries a password.</exception>
    public static void Check(Uri address)
    {
        if (!address.IsAbsoluteUri || !(address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)))
        {
            throw new DownloadException($"{address}: expected an address https://…; http is for servers on this machine only, because anybody on the way could change the file.");
        }

        if (address.UserInfo.Length > 0)
        {
            throw new DownloadException($"{address.Host}: expected an address without a user's name and password in it. Leave them out.");
        }
    }

    /// <summary>Refuses a redirect that leads to where the file is not known to be.</summary>
    /// <exception cref="DownloadException">It leads to http, or to a host that is not allowed.</exception>
    public static void CheckRedirect(RemoteFile file, Uri next)
    {
        bool isSameMachine = file.Address.IsLoopback && next.IsLoopback;
        if (next.Scheme != Uri.UriSchemeHttps && !(isSameMachine && next.Scheme == Uri.UriSchemeHttp))
        {
            throw new DownloadException($"{file.Address} redirects to {next.GetLeftPart(UriPartial.Path)}, which is not https. Nothing was taken from there; the file may have moved.");
        }

        if (!isSameMachine && !IsAllowed(file, next.IdnHost))
        {
            throw new DownloadException($"{file.Address} redirects to {next.IdnHost}, which is none of its hosts. Nothing was taken from there; the file may have moved.");
        }
    }

    /// <summary>Whether two addresses are of one server.</summary>
    public static bool IsSameServer(Uri one, Uri other) => Uri.Compare(one, other, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    private static bool IsAllowed(RemoteFile file, string host) =>
        string.Equals(host, file.Address.IdnHost, StringComparison.OrdinalIgnoreCase)
        || file.RedirectHosts.Any(allowed => allowed[0] == '.' ? host.EndsWith(allowed, StringComparison.OrdinalIgnoreCase) : string.Equals(host, allowed, StringComparison.OrdinalIgnoreCase));
}
