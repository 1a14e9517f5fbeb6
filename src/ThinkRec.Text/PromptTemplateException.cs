namespace ThinkRec.Text;

/// <summary>A prompt template is written wrongly.</summary>
public sealed class PromptTemplateException : Exception
{
    /// <summary>Makes the exception; the message starts with the place.</summary>
    /// <param name="line">Line in the template, from 1.</param>
    /// <param name="column">Column in that line, from 1, in UTF-16 units.</param>
    /// <param name="problem">What is wrong and what to do, as one sentence.</param>
    public PromptTemplateException(int line, int column, string problem)
        : base($"Prompt template, line {line}, column {column}: {problem}") => (Line, Column) = (line, column);

    /// <summary>Line in the template, from 1.</summary>
    public int Line { get; }

    /// <summary>Column in that line, from 1, in UTF-16 units.</summary>
    public int Column { get; }
}
