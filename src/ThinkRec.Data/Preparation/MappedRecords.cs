namespace ThinkRec.Data.Preparation;

/// <summary>Streams a file of records by what its fields say: CSV, tab-separated or JSON lines, plain or gzipped, by its name.</summary>
public static class MappedRecords
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="map">Which field says what.</param>
    /// <param name="required">Roles that must be there.</param>
    /// <param name="optional">Roles that may be.</param>
    /// <param name="malformed">Counts records that are no records of the format.</param>
    /// <returns>The line that a record begins on, and its values: those required, then the others; null where it has none.</returns>
    /// <exception cref="DataFormatException">The file is missing or cut, or a role that is required has no field.</exception>
    public static IEnumerable<(int Line, string?[] Values)> Read(
        string path, ColumnMap map, IReadOnlyList<string> required, IReadOnlyList<string> optional, MalformedLines malformed)
    {
        ArgumentNullException.ThrowIfNull(map);
        using var file = RecordFile.Open(path, malformed);
        int[] fields = [.. required.Select(role => map.Require(file, role)), .. optional.Select(role => map.Find(file, role))];
        while (file.Next())
        {
            yield return (file.Line, [.. fields.Select(field => file[field])]);
        }
    }
}
