using System.Text;

namespace ThinkRec.Text.Chat.Jinja;

/// <summary>A text that knows of each of its characters whether the template's author wrote it. Immutable.</summary>
internal sealed class MarkedText
{
    private readonly (int End, bool IsTrusted)[] _runs; // neighbours differ; empty for an empty text

    private MarkedText(string value, (int End, bool IsTrusted)[] runs) => (Value, _runs) = (value, runs);

    /// <summary>The empty text.</summary>
    public static MarkedText Empty { get; } = new("", []);

    /// <summary>The characters.</summary>
    public string Value { get; }

    /// <summary>UTF-16 units.</summary>
    public int Length => Value.Length;

    /// <summary>The stretches of one origin, in order.</summary>
    public IEnumerable<ChatPiece> Pieces()
    {
        var start = 0;
        foreach (var (end, isTrusted) in _runs)
        {
            yield return new ChatPiece(Value[start..end], isTrusted);
            start = end;
        }
    }

    /// <summary>A text of the template itself.</summary>
    public static MarkedText Trusted(string value) => Of(value, isTrusted: true);

    /// <summary>A text that others wrote.</summary>
    public static MarkedText Untrusted(string value) => Of(value, isTrusted: false);

    /// <summary>Texts one after the other.</summary>
    public static MarkedText Concat(params IReadOnlyList<MarkedText> parts)
    {
        var value = new StringBuilder();
        var runs = new List<(int End, bool IsTrusted)>();
        foreach (var part in parts)
        {
            foreach (var (end, isTrusted) in part._runs)
            {
                AddRun(runs, value.Length + end, isTrusted);
            }

            value.Append(part.Value);
        }

        return new MarkedText(value.ToString(), [.. runs]);
    }

    /// <summary>A part of the text.</summary>
    public MarkedText Slice(int start, int length)
    {
        if (length == Length)
        {
            return this;
        }

        var runs = new List<(int End, bool IsTrusted)>();
        var from = 0;
        foreach (var (end, isTrusted) in _runs)
        {
            var shared = Math.Min(end, start + length) - start;
            if (Math.Max(from - start, 0) < shared)
            {
                AddRun(runs, shared, isTrusted);
            }

            from = end;
        }

        return new MarkedText(Value.Substring(start, length), [.. runs]);
    }

    /// <summary>The text with each character replaced by another one.</summary>
    public MarkedText WithCharacters(string value) => value.Length == Length
        ? new MarkedText(value, _runs)
        : throw new ArgumentException($"{value.Length} characters cannot take the place of {Length}.", nameof(value));

    /// <inheritdoc/>
    public override string ToString() => Value;

    private static MarkedText Of(string value, bool isTrusted) => value.Length == 0 ? Empty : new MarkedText(value, [(value.Length, isTrusted)]);

    private static void AddRun(List<(int End, bool IsTrusted)> runs, int end, bool isTrusted)
    {
        if (runs.Count > 0 && runs[^1].IsTrusted == isTrusted)
        {
            runs[^1] = (end, isTrusted);
        }
        else
        {
            runs.Add((end, isTrusted));
        }
    }
}
