namespace ThinkRec.Text.Formats;

/// <summary>A file from outside, in memory; every complaint names it.</summary>
/// <param name="path">Its path.</param>
/// <param name="content">What it holds.</param>
internal sealed class InputFile(string path, byte[] content)
{
    /// <summary>Path of the file.</summary>
    public string Path { get; } = path;

    /// <summary>Its name without the folder.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>What it holds.</summary>
    public byte[] Content { get; } = content;

    /// <summary>Reads a file of limited size.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="maxBytes">A longer file is refused.</param>
    public static InputFile Read(string path, int maxBytes)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (stream.Length > maxBytes)
        {
            throw new TokenizerFormatException(
                path, "", $"the file has {stream.Length} bytes, more than the {maxBytes} that are read.");
        }

        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return new InputFile(path, content);
    }

    /// <summary>Makes the exception for one place in the file.</summary>
    public TokenizerFormatException Problem(string key, string problem) => new(Path, key, problem);
}
