using ThinkRec.Downloads;

namespace ThinkRec.Data.Download;

/// <summary>A dataset that its publisher offers to everybody, under terms.</summary>
public sealed record PublicDataset
{
    /// <summary>What <c>data download</c> calls it.</summary>
    public required string Name { get; init; }

    /// <summary>Its files at their official addresses; zip files are unpacked.</summary>
    public required IReadOnlyList<RemoteFile> Files { get; init; }

    /// <summary>Where its publisher keeps the MD5 of the first file, for sets that change over time; null where <see cref="Files"/> say it, or nobody does.</summary>
    public Uri? Md5Address { get; init; }

    /// <summary>What <c>data prepare</c> is told beside the folder.</summary>
    public required string PrepareAs { get; init; }

    /// <summary>The terms in short, in words of our own; the publisher's hold.</summary>
    public required string Terms { get; init; }

    /// <summary>The publisher's own words.</summary>
    public required Uri TermsAddress { get; init; }

    /// <summary>The same from a copy of the publisher's server.</summary>
    /// <param name="mirror">Stands for scheme, host and port of every address.</param>
    /// <returns>The set; lengths and checksums stay as they are.</returns>
    /// <exception cref="ArgumentException">It is not https, nor http on this machine.</exception>
    public PublicDataset From(Uri mirror)
    {
        ArgumentNullException.ThrowIfNull(mirror);
        if (!mirror.IsAbsoluteUri || !(mirror.Scheme == Uri.UriSchemeHttps || (mirror.Scheme == Uri.UriSchemeHttp && mirror.IsLoopback)))
        {
            throw new ArgumentException($"expected a mirror https://… but found '{mirror.OriginalString}'.");
        }
        Uri At(Uri address) => new(mirror.AbsoluteUri.TrimEnd('/') + address.AbsolutePath);
        return this with
        {
            Files = [.. Files.Select(file => file with { Address = At(file.Address) })],
            Md5Address = Md5Address is { } md5 ? At(md5) : null,
        };
    }
}
