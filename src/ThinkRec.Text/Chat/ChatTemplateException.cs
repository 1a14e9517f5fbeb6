namespace ThinkRec.Text.Chat;

/// <summary>A chat template is not usable, or refuses the messages that it was given.</summary>
public sealed class ChatTemplateException : Exception
{
    /// <summary>Makes the exception; the message starts with the file and the line.</summary>
    /// <param name="file">Path of the file that the template is from.</param>
    /// <param name="line">Line within the template, from 1; 0 for the template as a whole.</param>
    /// <param name="problem">What was expected, what was found, and what to do.</param>
    /// <param name="inner">The cause, if there is one.</param>
    public ChatTemplateException(string file, int line, string problem, Exception? inner = null)
        : base(line == 0 ? $"{file}: {problem}" : $"{file}: chat template, line {line}: {problem}", inner) =>
        (File, Line) = (file, line);

    /// <summary>Path of the file that the template is from.</summary>
    public string File { get; }

    /// <summary>Line within the template, from 1; 0 for the template as a whole.</summary>
    public int Line { get; }
}
