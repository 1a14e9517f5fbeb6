using System.Security.Cryptography;
using System.Text;

namespace ThinkRec.Data.Preparation;

/// <summary>Says of a file about items which field is the id, and makes the text of the record that the file stands at.</summary>
/// <param name="file">The file, to ask for fields.</param>
/// <returns>The field of the id, and what makes a text.</returns>
internal delegate (int Id, Func<ItemText> Text) ItemLayout(RecordFile file);

/// <summary>Reads a file of records about items: once for the ids, and once more for the texts that are needed.</summary>
/// <param name="path">The file.</param>
/// <param name="layout">What is where.</param>
/// <param name="malformed">Counts records without an id.</param>
internal sealed class RecordItems(string path, ItemLayout layout, MalformedLines malformed)
{
    /// <summary>Whether an item may be described twice, where the last counts, as in Amazon's files.</summary>
    public bool MayRepeat { get; init; }

    /// <summary>Whether of several items with one title only the last is known, as the authors of ThinkRec read Amazon's books.</summary>
    public bool HasOneItemPerTitle { get; init; }

    /// <summary>As <see cref="RawDatasetOptions.Delimiter"/>.</summary>
    public string? Delimiter { get; init; }

    /// <summary>The ids of all items described.</summary>
    public IReadOnlySet<string> Ids()
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var idOfTitle = new Dictionary<UInt128, string>();
        using var file = RecordFile.Open(path, malformed, Delimiter);
        var (item, text) = layout(file);
        while (file.Next())
        {
            if (RowParser.ProblemOfId("item", file[item]) is { } problem)
            {
                malformed.Add(path, file.Line, problem);
            }
            else if (!ids.Add(file[item]!) && !MayRepeat)
            {
                malformed.Add(path, file.Line, $"item '{file[item]}' was already described above.");
            }
            else if (HasOneItemPerTitle)
            {
                idOfTitle[HashOf(text().Title)] = file[item]!;
            }
        }
        malformed.Check();
        return HasOneItemPerTitle ? idOfTitle.Values.ToHashSet(StringComparer.Ordinal) : ids;
    }

    /// <summary>The texts of the items wanted. Malformed lines were counted by <see cref="Ids"/>.</summary>
    public IEnumerable<KeyValuePair<string, ItemText>> Texts(Func<string, bool> isWanted)
    {
        using var file = RecordFile.Open(path, new MalformedLines(int.MaxValue) { Meter = malformed.Meter }, Delimiter);
        var (item, text) = layout(file);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (file.Next())
        {
            if (file[item] is { Length: > 0 } id && isWanted(id) && (seen.Add(id) || MayRepeat))
            {
                yield return KeyValuePair.Create(id, text());
            }
        }
    }

    private static UInt128 HashOf(string title)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(title), hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
