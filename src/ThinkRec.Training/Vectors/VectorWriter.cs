using System.Globalization;
using ThinkRec.Files;
using ThinkRec.Nn;
using ThinkRec.Torch;
using ThinkRec.Training.Configuration;

namespace ThinkRec.Training.Vectors;

/// <summary>Writes vectors of users and items as a folder.</summary>
public static class VectorWriter
{
    /// <summary>Name of the file with tensors.</summary>
    public const string TensorFile = "vectors.safetensors";

    /// <summary>Writes the folder, all or nothing. Numbers are the shortest that read back to the same bits.</summary>
    /// <param name="folder">Target; new or empty.</param>
    /// <param name="name">The dataset's name, which RecBole's files bear.</param>
    /// <param name="users">Vectors of users.</param>
    /// <param name="items">Vectors of items, as long as the users'.</param>
    /// <param name="formats">What is written.</param>
    /// <exception cref="ConfigurationException">An id has a space, which gensim's text cannot hold.</exception>
    /// <exception cref="IOException">The folder holds something.</exception>
    public static void Write(string folder, string name, VectorTable users, VectorTable items, IReadOnlyCollection<VectorFormat> formats)
    {
        if (formats.Contains(VectorFormat.Gensim) && users.Ids.Concat(items.Ids).FirstOrDefault(id => id.Any(char.IsWhiteSpace)) is string spaced)
        {
            throw new ConfigurationException("--format gensim", [$"id '{spaced}' has a space, and spaces end ids in that format; write the vectors as safetensors or recbole"]);
        }

        AtomicFolder.Write(folder, target =>
        {
            foreach (VectorFormat format in formats.Distinct())
            {
                Action<string, string, VectorTable, VectorTable> write = format switch
                {
                    VectorFormat.Safetensors => WriteSafetensors,
                    VectorFormat.Recbole => WriteRecbole,
                    _ => WriteGensim,
                };
                write(target, name, users, items);
            }
        });
    }

    private static void WriteSafetensors(string folder, string name, VectorTable users, VectorTable items)
    {
        using var scope = TensorScope.Begin();
        SafetensorsWriter.Write(
            Path.Combine(folder, TensorFile),
            [("user_vectors", Tensor.From(users.Values, users.Ids.Count, users.Size)), ("item_vectors", Tensor.From(items.Values, items.Ids.Count, items.Size))],
            new Dictionary<string, string> { ["dataset"] = name });
        AtomicFile.WriteLines(Path.Combine(folder, "users.txt"), users.Ids);
        AtomicFile.WriteLines(Path.Combine(folder, "items.txt"), items.Ids);
    }

    // Not user_id and item_id: RecBole wants other names here than in its files of interactions.
    private static void WriteRecbole(string folder, string name, VectorTable users, VectorTable items)
    {
        AtomicFile.WriteLines(Path.Combine(folder, name + ".useremb"), Lines(users, '\t').Prepend("uid:token\tuser_emb:float_seq"));
        AtomicFile.WriteLines(Path.Combine(folder, name + ".itememb"), Lines(items, '\t').Prepend("iid:token\titem_emb:float_seq"));
    }

    private static void WriteGensim(string folder, string name, VectorTable users, VectorTable items)
    {
        AtomicFile.WriteLines(Path.Combine(folder, "users.word2vec.txt"), Lines(users, ' ').Prepend(Counts(users)));
        AtomicFile.WriteLines(Path.Combine(folder, "items.word2vec.txt"), Lines(items, ' ').Prepend(Counts(items)));
    }

    private static string Counts(VectorTable table) => FormattableString.Invariant($"{table.Ids.Count} {table.Size}");

    private static IEnumerable<string> Lines(VectorTable table, char afterId) => Enumerable.Range(0, table.Ids.Count)
        .Select(row => $"{table.Ids[row]}{afterId}{string.Join(' ', table.Of(row).ToArray().Select(value => value.ToString("R", CultureInfo.InvariantCulture)))}");
}
