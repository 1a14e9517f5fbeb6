namespace ThinkRec.Downloads;

/// <summary>One file of the network, and what is known about it beforehand.</summary>
public sealed record RemoteFile
{
    /// <summary>Where it is: https, or http on this machine.</summary>
    public required Uri Address { get; init; }

    /// <summary>Its length in bytes, where that is known; another length is refused.</summary>
    public long? Length { get; init; }

    /// <summary>Its SHA-256 in hexadecimal digits, where that is known.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Its MD5 in hexadecimal digits, where that is what its publisher gives.</summary>
    public string? Md5 { get; init; }

    /// <summary>The name that git gives its content, in hexadecimal digits: SHA-1 of <c>blob LENGTH\0</c> and the content; where that is what its publisher gives.</summary>
    public string? GitBlob { get; init; }

    /// <summary>A longer file is refused.</summary>
    public long MaxBytes { get; init; } = 1L << 40;

    /// <summary>Hosts that a redirect may lead to beside the address's own; one that begins with a dot stands for all below it.</summary>
    public IReadOnlyCollection<string> RedirectHosts { get; init; } = [];

    /// <summary>Sent to the address's own host, never to where it redirects; null for none.</summary>
    public string? BearerToken { get; init; }

    /// <summary>Whether something beside its length says what the content must be.</summary>
    public bool HasChecksum => Sha256 is not null || Md5 is not null || GitBlob is not null;

    /// <summary>The last part of the address.</summary>
    public string Name => Uri.UnescapeDataString(Address.Segments[^1]);

    /// <summary>The address alone, so that no text ever holds the token.</summary>
    /// <returns>The address.</returns>
    public override string ToString() => Address.ToString();
}
