namespace ThinkRec.Models.Hub;

/// <summary>A file of a repository.</summary>
/// <param name="Name">Its name in the repository's top folder.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its SHA-256, for files that the hub keeps outside git; null for others.</param>
/// <param name="GitBlob">The name that git gives its content, for the others; null for those.</param>
public sealed record HubFile(string Name, long Bytes, string? Sha256, string? GitBlob);
