namespace ThinkRec.Data;

/// <summary>Maps the source's ids to dense indices from 1; index 0 is padding and has the empty id.</summary>
public sealed class IdMap
{
    private readonly string[] _ids;
    private readonly Dictionary<string, int> _indices;

    /// <summary>Numbers the ids in the order given, from 1.</summary>
    /// <param name="ids">Distinct, non-empty ids without the padding entry.</param>
    /// <exception cref="ArgumentException">An id is empty, holds a control character or occurs twice; the message names it.</exception>
    public IdMap(IEnumerable<string> ids)
    {
        _ids = [string.Empty, .. ids];
        _indices = new Dictionary<string, int>(_ids.Length, StringComparer.Ordinal);
        for (var index = 1; index < _ids.Length; index++)
        {
            if (_ids[index].Length == 0)
            {
                throw new ArgumentException($"Id number {index} is empty; every id needs at least one character.", nameof(ids));
            }
            if (_ids[index].Any(char.IsControl))
            {
                throw new ArgumentException($"Id number {index} '{TableFile.Show(_ids[index])}' holds a tab, line end or other control character.", nameof(ids));
            }
            if (!_indices.TryAdd(_ids[index], index))
            {
                throw new ArgumentException($"Id '{TableFile.Show(_ids[index])}' occurs twice, as number {_indices[_ids[index]]} and {index}.", nameof(ids));
            }
        }
    }

    /// <summary>Highest index + 1, padding included: the number of rows an embedding table needs.</summary>
    public int Count => _ids.Length;

    /// <summary>The source's id of an index; empty for padding.</summary>
    /// <param name="index">0 ≤ index &lt; <see cref="Count"/>.</param>
    /// <returns>The id as the source spells it.</returns>
    public string this[int index] => _ids[index];

    /// <summary>Looks an id up.</summary>
    /// <param name="id">An id as the source spells it.</param>
    /// <returns>Its index from 1, or null when it is not known.</returns>
    public int? Find(string id) => _indices.TryGetValue(id, out var index) ? index : null;
}
