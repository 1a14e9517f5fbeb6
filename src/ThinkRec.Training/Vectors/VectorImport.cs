using ThinkRec.Data;
using ThinkRec.Files;
using ThinkRec.Models.Collaborative;
using ThinkRec.Nn;
using ThinkRec.Torch;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Runs;

namespace ThinkRec.Training.Vectors;

/// <summary>Where imported vectors came from.</summary>
public sealed record VectorImportConfig
{
    /// <summary>File of users' vectors.</summary>
    public string Users { get; init; } = "";

    /// <summary>File of items' vectors.</summary>
    public string Items { get; init; } = "";
}

/// <summary>How well a file fits a dataset.</summary>
/// <param name="Known">Ids of the dataset that have a vector.</param>
/// <param name="Missing">Ids of the dataset without one, which get the mean of the others.</param>
/// <param name="Unknown">Ids of the file that the dataset does not have; they are left out.</param>
public sealed record VectorCoverage(int Known, int Missing, int Unknown);

/// <summary>Makes an encoder run of vectors that were trained elsewhere: tables whose dot product is the score, as those of matrix factorisation.</summary>
public static class VectorImport
{
    /// <summary>Writes the run, all or nothing.</summary>
    /// <param name="config">The files.</param>
    /// <param name="dataset">The dataset that it is to serve.</param>
    /// <param name="folder">Target; new or empty.</param>
    /// <returns>How well the files fit.</returns>
    /// <exception cref="ConfigurationException">No id of a file is in the dataset, or users and items have vectors of different lengths.</exception>
    public static (VectorCoverage Users, VectorCoverage Items) Run(VectorImportConfig config, Dataset dataset, string folder)
    {
        AtomicFolder.Check(folder);
        VectorTable users = VectorReader.Read(config.Users, "user");
        VectorTable items = VectorReader.Read(config.Items, "item");
        if (users.Size != items.Size)
        {
            throw new ConfigurationException("--users and --items", [$"vectors of users have {users.Size} numbers and those of items {items.Size}, but a score is their dot product; give files of one training"]);
        }

        (float[] userRows, bool[] knownUsers, VectorCoverage userCoverage) = Arrange(users, dataset.Users, "user", config.Users, dataset.Name);
        (float[] itemRows, bool[] knownItems, VectorCoverage itemCoverage) = Arrange(items, dataset.Items, "item", config.Items, dataset.Name);
        var sizes = new MatrixFactorizationConfig { EmbeddingSize = users.Size, FoldIn = false }; // the scale of foreign scores is not known
        var weights = new WeightPath(new Given(new() { ["user_embedding.weight"] = userRows, ["item_embedding.weight"] = itemRows }));
        var model = new MatrixFactorization(weights, sizes, dataset.Users.Count, dataset.Items.Count);
        using var encoder = new TableEncoder(EncoderMethod.Mf, model, dataset, knownUsers, knownItems);
        AtomicFolder.Write(folder, target =>
        {
            var run = RunDirectory.Start(target, Methods.Imported, dataset, config, resume: false, watcher: null);
            EncoderFolder.Save(encoder, dataset, run.PathOf("encoder"));
            run.Complete(new StageResult("encoder", 0, 0, 0, new Dictionary<string, double>()));
        });
        return (userCoverage, itemCoverage);
    }

    private static (float[] Rows, bool[] Known, VectorCoverage Coverage) Arrange(VectorTable table, IdMap ids, string what, string file, string dataset)
    {
        var rows = new float[(long)ids.Count * table.Size];
        var known = new bool[ids.Count];
        int found = 0;
        for (int i = 0; i < table.Ids.Count; i++)
        {
            if (ids.Find(table.Ids[i]) is int index)
            {
                table.Of(i).CopyTo(rows.AsSpan(index * table.Size));
                known[index] = true;
                found++;
            }
        }

        return found > 0 ? (rows, known, new VectorCoverage(found, ids.Count - 1 - found, table.Ids.Count - found))
            : throw new ConfigurationException(file, [$"none of its {table.Ids.Count} ids is among the {what}s of dataset '{dataset}'; the file begins with '{table.Ids[0]}', the dataset with '{(ids.Count > 1 ? ids[1] : "none")}'; were --users and --items exchanged?"]);
    }

    private sealed class Given(Dictionary<string, float[]> weights) : WeightSource
    {
        public override Tensor Get(string key, long[] shape, Init init)
        {
            using var scope = TensorScope.Begin();
            return Tensor.From(weights[key], shape).Own();
        }
    }
}
