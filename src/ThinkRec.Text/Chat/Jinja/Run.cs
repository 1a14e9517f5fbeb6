namespace ThinkRec.Text.Chat.Jinja;

/// <summary>One rendering: where it is in the template, and what it may still use.</summary>
/// <remarks>The limits are some hundred times what published templates need for long chats; a template that loops or grows without end stops there.</remarks>
/// <param name="file">Where the template is from.</param>
internal sealed class Run(string file)
{
    /// <summary>Expressions and statements that are worked out at most.</summary>
    public const int MaxSteps = 2_000_000;

    /// <summary>Characters and list entries that are made at most, in all intermediate results together.</summary>
    public const long MaxMade = 1L << 27;

    /// <summary>Depth of nested statements, expressions, macro calls and values at most.</summary>
    public const int MaxDepth = 300;

    private int _line = 1;
    private int _steps;
    private int _depth;
    private long _made;

    /// <summary>Goes into a part of the template, or one level down into a value.</summary>
    /// <param name="line">Where; 0 to stay.</param>
    /// <returns>The line to give to <see cref="Leave"/>.</returns>
    public int Enter(int line = 0)
    {
        var previous = _line;
        _line = line == 0 ? _line : line;
        if (++_steps > MaxSteps)
        {
            throw Problem($"the template takes more than {MaxSteps} steps for these messages. Give fewer messages, or another template.");
        }

        if (++_depth > MaxDepth)
        {
            throw Problem($"the template goes deeper than {MaxDepth} levels, through macros that call themselves or values within values. Give another template.");
        }

        return previous;
    }

    /// <summary>Comes back.</summary>
    public void Leave(int line) => (_line, _depth) = (line, _depth - 1);

    /// <summary>Accounts for something that is made, before it is made.</summary>
    /// <param name="size">Characters or list entries.</param>
    public void Make(long size)
    {
        _made += size;
        if (_made > MaxMade)
        {
            throw Problem($"the template makes texts and lists of more than {MaxMade} characters for these messages. Give shorter messages, or another template.");
        }
    }

    /// <summary>Makes the exception for the place where the rendering is.</summary>
    public ChatTemplateException Problem(string problem) => new(file, _line, problem);
}
