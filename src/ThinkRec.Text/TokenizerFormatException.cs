namespace ThinkRec.Text;

/// <summary>A tokenizer file holds something that is wrong or not supported.</summary>
public sealed class TokenizerFormatException : Exception
{
    /// <summary>Makes the exception; the message starts with the file and the key.</summary>
    /// <param name="file">Path of the file.</param>
    /// <param name="key">Where in the file, such as <c>model.merges[3]</c>; empty for the file as a whole.</param>
    /// <param name="problem">What was expected, what was found, and what to do, as one sentence.</param>
    /// <param name="inner">The cause, if there is one.</param>
    public TokenizerFormatException(string file, string key, string problem, Exception? inner = null)
        : base(key.Length == 0 ? $"{file}: {problem}" : $"{file}: {key}: {problem}", inner) =>
        (File, Key) = (file, key);

    /// <summary>Path of the file.</summary>
    public string File { get; }

    /// <summary>Where in the file; empty for the file as a whole.</summary>
    public string Key { get; }
}
