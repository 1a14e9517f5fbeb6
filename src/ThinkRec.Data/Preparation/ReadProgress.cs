namespace ThinkRec.Data.Preparation;

/// <summary>How far the reading of raw files is.</summary>
/// <param name="File">Name of the file that is being read.</param>
/// <param name="Bytes">Bytes of it that were read, packed where it is packed.</param>
/// <param name="TotalBytes">Bytes that it has.</param>
/// <param name="Rows">Rows of the log so far.</param>
public readonly record struct ReadProgress(string File, long Bytes, long TotalBytes, long Rows);
