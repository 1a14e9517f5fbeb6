namespace ThinkRec.Data.Preparation;

/// <summary>Raw files of one origin. <see cref="DatasetPreparation"/> asks in the order of the members below, each once.</summary>
public interface IRawSource
{
    /// <summary>Reads which items the source describes.</summary>
    /// <returns>Their ids; null when there is nothing that describes items, or when rows of other items are malformed to the source itself.</returns>
    IReadOnlySet<string>? DescribedItems();

    /// <summary>Streams the log in the file's order.</summary>
    /// <returns>The rows one by one.</returns>
    /// <exception cref="DataFormatException">A file is missing or cut, or too many lines are malformed.</exception>
    IEnumerable<RawRow> Rows();

    /// <summary>Reads what is known about items in words.</summary>
    /// <param name="isWanted">Says of an id whether its text is needed; texts of others need not be made.</param>
    /// <returns>Texts by id, in any order. Where an id comes twice, the last counts.</returns>
    IEnumerable<KeyValuePair<string, ItemText>> Texts(Func<string, bool> isWanted);

    /// <summary>What a user of the data should know about the reading, such as lines left out. Asked for last.</summary>
    IEnumerable<string> Notes { get; }
}
