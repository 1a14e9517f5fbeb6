using ThinkRec.Data;

namespace ThinkRec.Training.Runs;

/// <summary>What a run is trained on, as its card says it.</summary>
/// <param name="Name">Name of the dataset; for a run on texts, the names of the files.</param>
/// <param name="Fingerprint">Fingerprint of everything that the model sees of it.</param>
public sealed record TrainingData(string Name, string Fingerprint)
{
    /// <summary>A dataset.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <returns>Its name and fingerprint.</returns>
    public static TrainingData Of(Dataset dataset) => new(dataset.Name, dataset.Fingerprint());

    /// <summary>Texts.</summary>
    /// <param name="files">Where they came from; the names are for people, only the texts count.</param>
    /// <param name="texts">All texts, in their order.</param>
    /// <returns>Names and fingerprint.</returns>
    public static TrainingData Of(IEnumerable<string> files, IEnumerable<string> texts) =>
        new(string.Join(", ", files.Select(Path.GetFileName)), Fingerprints.Of(texts));
}
