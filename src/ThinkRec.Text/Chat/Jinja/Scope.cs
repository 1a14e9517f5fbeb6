namespace ThinkRec.Text.Chat.Jinja;

/// <summary>Names and their values, within those of the surrounding scope.</summary>
/// <param name="run">The rendering.</param>
/// <param name="outer">The surrounding scope; null for the outermost.</param>
internal sealed class Scope(Run run, Scope? outer)
{
    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    /// <summary>The rendering.</summary>
    public Run Run { get; } = run;

    /// <summary>A scope within this one.</summary>
    public Scope Inner() => new(Run, this);

    /// <summary>Gives a name a value in this scope only.</summary>
    public void Set(string name, object? value) => _values[name] = value;

    /// <summary>The value of a name, here or further out.</summary>
    public object? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope._values.TryGetValue(name, out var value))
            {
                return value;
            }
        }

        return new Undefined(name);
    }

    private Scope? Outer { get; } = outer;
}
