namespace ThinkRec.Downloads;

/// <summary>A file that is there whole.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Sha256">What they come to, in small hexadecimal digits.</param>
/// <param name="WasThere">Whether it lay there already, and only its checksum was looked at.</param>
public sealed record DownloadedFile(string Path, long Length, string Sha256, bool WasThere);
