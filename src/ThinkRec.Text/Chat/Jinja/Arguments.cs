namespace ThinkRec.Text.Chat.Jinja;

/// <summary>What a function, filter or test is called with.</summary>
/// <param name="Places">By place.</param>
/// <param name="Names">By name.</param>
internal sealed record Arguments(IReadOnlyList<object?> Places, IReadOnlyDictionary<string, object?> Names)
{
    /// <summary>No arguments.</summary>
    public static Arguments None { get; } = new([], new Dictionary<string, object?>());

    /// <summary>The argument of a place or name.</summary>
    /// <param name="place">Its place.</param>
    /// <param name="name">Its name.</param>
    /// <param name="absent">What stands for it when it is not given.</param>
    public object? Optional(int place, string name, object? absent = null) =>
        place < Places.Count ? Places[place] : Names.TryGetValue(name, out var value) ? value : absent;

    /// <summary>The text of a place or name; null when it is absent or none.</summary>
    public MarkedText? Text(Run run, int place, string name) => Optional(place, name) switch
    {
        null => null,
        MarkedText text => text,
        var other => throw run.Problem($"expected a text as '{name}' but found {Values.KindOf(other)}."),
    };

    /// <summary>The text of a place or name, which must be there.</summary>
    public MarkedText RequiredText(Run run, int place, string name) => Text(run, place, name) ?? throw run.Problem($"a text is missing: '{name}'.");

    /// <summary>The whole number of a place or name.</summary>
    public long Whole(Run run, int place, string name, long absent) => Optional(place, name, absent) switch
    {
        long whole => whole,
        var other => throw run.Problem($"expected a whole number as '{name}' but found {Values.KindOf(other)}."),
    };
}
