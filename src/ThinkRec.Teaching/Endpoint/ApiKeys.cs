namespace ThinkRec.Teaching.Endpoint;

/// <summary>The keys of an endpoint: they are sent to it, and shown and written nowhere.</summary>
public sealed class ApiKeys
{
    private static readonly char[] Separators = [',', ' ', '\t', '\r', '\n'];
    private readonly Lock _lock = new();
    private readonly string[] _all;
    private readonly List<string> _usable;
    private int _turn;

    private ApiKeys(string[] keys) => (_all, _usable) = (keys, [.. keys]);

    /// <summary>No key: requests carry no Authorization header.</summary>
    public static ApiKeys None => new([]);

    /// <summary>Reads one key, or several separated by commas.</summary>
    /// <param name="text">The value of an environment variable.</param>
    /// <param name="name">What the keys are called in messages, such as the variable's name.</param>
    /// <returns>The keys.</returns>
    /// <exception cref="ArgumentException">There is none, or one holds characters that no header can carry. The message does not show it.</exception>
    public static ApiKeys Parse(string text, string name)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] keys = [.. text.Split(Separators, StringSplitOptions.RemoveEmptyEntries).Distinct()];
        return keys.Length == 0 ? throw new ArgumentException($"{name} holds no key. Set it to one, or to several separated by commas.")
            : keys.Any(key => key.Any(c => c is < '!' or > '~')) ? throw new ArgumentException($"{name} holds a key with other characters than visible ASCII ones. Copy the key again.")
            : new ApiKeys(keys);
    }

    /// <summary>The key of the next request, each in turn; null where none is needed.</summary>
    /// <returns>A key.</returns>
    internal string? Next()
    {
        lock (_lock)
        {
            return _usable.Count == 0 ? null : _usable[_turn++ % _usable.Count];
        }
    }

    /// <summary>Uses a key no more.</summary>
    /// <param name="key">The key that the endpoint did not accept.</param>
    /// <returns>Whether another one is left.</returns>
    internal bool Drop(string? key)
    {
        lock (_lock)
        {
            _usable.RemoveAll(usable => usable == key);
            return _usable.Count > 0;
        }
    }

    /// <summary>Takes the keys out of a text that others wrote.</summary>
    /// <param name="text">A text such as an error that quotes the request.</param>
    /// <returns>The text with dots for keys.</returns>
    internal string Redact(string text) => _all.Aggregate(text, (shown, key) => shown.Replace(key, "…", StringComparison.Ordinal));
}
