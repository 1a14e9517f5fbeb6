namespace ThinkRec.Downloads;

/// <summary>What a zip file may hold.</summary>
/// <param name="MaxEntries">Files and folders.</param>
/// <param name="MaxBytes">Of all files after unpacking.</param>
/// <param name="MaxRatio">Bytes of a file after unpacking for each of its bytes before.</param>
public sealed record ZipLimits(int MaxEntries = 1000, long MaxBytes = 16L << 30, int MaxRatio = 200);
