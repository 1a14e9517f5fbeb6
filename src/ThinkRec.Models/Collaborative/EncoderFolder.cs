using ThinkRec.Data;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Models.Collaborative;

/// <summary>A trained encoder as a folder: config.json and encoder.safetensors.</summary>
public static class EncoderFolder
{
    /// <summary>Name of the weights file.</summary>
    public const string WeightsFile = "encoder.safetensors";

    private const string TrainedUsers = "trained_users";
    private const string TrainedItems = "trained_items";
    private const string ItemCounts = "item_counts";

    /// <summary>Writes an encoder. The config comes last, so that a folder with one is whole.</summary>
    /// <param name="encoder">An <see cref="TableEncoder"/>, <see cref="SasRecEncoder"/>, <see cref="DinEncoder"/> or <see cref="FeedbackSasRecEncoder"/>.</param>
    /// <param name="dataset">What it was trained on.</param>
    /// <param name="folder">Target; made when missing.</param>
    /// <exception cref="ArgumentException">The encoder is of another kind.</exception>
    public static void Save(ICollaborativeEncoder encoder, Dataset dataset, string folder)
    {
        Directory.CreateDirectory(folder);
        var card = new EncoderCard
        {
            Method = encoder switch
            {
                TableEncoder tables => tables.Method,
                SasRecEncoder sasRec => sasRec.Method,
                DinEncoder => EncoderMethod.Din,
                FeedbackSasRecEncoder => EncoderMethod.SasrecFeedback,
                _ => throw new ArgumentException($"An encoder of kind '{encoder.Name}' has no folder format; save one of mf, lightgcn, sasrec, gsasrec, din, sasrec-feedback.", nameof(encoder)),
            },
            Dataset = dataset.Name,
            NumUsers = dataset.Users.Count,
            NumItems = dataset.Items.Count,
            UserIds = encoder is TableEncoder or DinEncoder ? EncoderCard.Fingerprint(dataset.Users) : "",
            ItemIds = EncoderCard.Fingerprint(dataset.Items),
            Mf = (encoder as TableEncoder)?.Model.Config,
            Sasrec = (encoder as SasRecEncoder)?.Model.Config,
            Din = (encoder as DinEncoder)?.Model.Config,
            SasrecFeedback = (encoder as FeedbackSasRecEncoder)?.Model.Config,
            Words = (encoder as FeedbackSasRecEncoder)?.Words.Vocabulary,
            Labels = (encoder as FeedbackSasRecEncoder)?.Statistics.Labels,
        };
        using var scope = TensorScope.Begin();
        IEnumerable<(string, Tensor)> tensors = encoder switch
        {
            TableEncoder tables => [.. Weights(tables.Model), (TrainedUsers, Mask(tables.TrainedUsers)), (TrainedItems, Mask(tables.TrainedItems))],
            SasRecEncoder sasRec => [.. Weights(sasRec.Model), (TrainedItems, Mask(sasRec.TrainedItems))],
            DinEncoder din => [.. Weights(din.Model), (TrainedUsers, Mask(din.TrainedUsers)), (TrainedItems, Mask(din.TrainedItems))],
            FeedbackSasRecEncoder feedback => [
                .. Weights(feedback.Model), (TrainedItems, Mask(feedback.TrainedItems)),
                (ItemCounts, Tensor.From([.. feedback.Statistics.Counts], dataset.Items.Count, ItemStatistics.Columns))],
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        SafetensorsWriter.Write(Path.Combine(folder, WeightsFile), tensors);
        card.Write(folder);
    }

    /// <summary>Loads an encoder, frozen.</summary>
    /// <param name="folder">Written by <see cref="Save"/>.</param>
    /// <param name="dataset">The dataset it is to serve; ids must be those it was trained on.</param>
    /// <returns>The encoder.</returns>
    /// <exception cref="CheckpointException">A file is missing or damaged, or the encoder belongs to another dataset.</exception>
    public static ICollaborativeEncoder Load(string folder, Dataset dataset)
    {
        EncoderCard card = EncoderCard.Read(folder);
        card.RequireFits(folder, dataset);
        using var file = SafetensorsFile.Open(Path.Combine(folder, WeightsFile));
        var path = new WeightPath(new FileWeights(file));
        bool[] items = ReadMask(file, TrainedItems, card.NumItems);
        if (card.Method is EncoderMethod.Mf or EncoderMethod.Lightgcn)
        {
            bool[] users = ReadMask(file, TrainedUsers, card.NumUsers);
            return new TableEncoder(card.Method, Frozen(new MatrixFactorization(path, card.Mf!, card.NumUsers, card.NumItems)), dataset, users, items);
        }

        if (card.Method is EncoderMethod.Sasrec or EncoderMethod.Gsasrec)
        {
            return new SasRecEncoder(card.Method, Frozen(new SasRec(path, card.Sasrec!, card.NumItems)), dataset, items);
        }

        if (card.Method == EncoderMethod.Din)
        {
            bool[] users = ReadMask(file, TrainedUsers, card.NumUsers);
            return new DinEncoder(Sound(Frozen(new Din(path, card.Din!, card.NumUsers, card.NumItems))), dataset, users, items);
        }

        var words = new ItemWords(card.Words!, dataset.ItemTexts);
        var properties = new ItemProperties(words, dataset.ItemTexts);
        ItemStatistics statistics = ItemStatistics.Restore(dataset.WithEarlierRows(), ReadCounts(file, card.NumItems), card.Labels!);
        return new FeedbackSasRecEncoder(Frozen(new FeedbackSasRec(path, card.SasrecFeedback!, words, properties, items)), words, properties, statistics, dataset, items);
    }

    private static IEnumerable<(string, Tensor)> Weights(Module model) => model.Parameters().Select(p => (p.Key, p.Value));

    private static Tensor Mask(IReadOnlyList<bool> mask)
    {
        byte[] bytes = [.. mask.Select(isTrained => (byte)(isTrained ? 1 : 0))];
        return Tensor.From<byte>(bytes, DType.UInt8, bytes.Length);
    }

    private static bool[] ReadMask(SafetensorsFile file, string key, int count)
    {
        TensorInfo info = file.Describe(key);
        if (info.DType != DType.UInt8 || !info.Shape.SequenceEqual([count]))
        {
            throw new CheckpointException($"{file.Path}: '{key}' must be UInt8 [{count}] but is {info.DType} [{string.Join(", ", info.Shape)}]. Train the encoder again.");
        }

        using var scope = TensorScope.Begin();
        return [.. file.Read(key).ToArray<byte>().Select(value => value != 0)];
    }

    private static float[] ReadCounts(SafetensorsFile file, int count)
    {
        TensorInfo info = file.Describe(ItemCounts);
        if (info.DType != DType.Float32 || !info.Shape.SequenceEqual([count, ItemStatistics.Columns]))
        {
            throw new CheckpointException($"{file.Path}: '{ItemCounts}' must be Float32 [{count}, {ItemStatistics.Columns}] but is {info.DType} [{string.Join(", ", info.Shape)}]. Train the encoder again.");
        }

        using var scope = TensorScope.Begin();
        float[] counts = file.Read(ItemCounts, requireFinite: true).ToFloats();
        return counts.Where((_, i) => i % ItemStatistics.Columns < 2).All(value => value >= 0) ? counts
            : throw new CheckpointException($"{file.Path}: '{ItemCounts}' holds a count below 0. Train the encoder again.");
    }

    private static Din Sound(Din model)
    {
        try
        {
            model.RequireSound();
            return model;
        }
        catch (CheckpointException)
        {
            model.Dispose();
            throw;
        }
    }

    private static T Frozen<T>(T model) where T : Module
    {
        foreach (Parameter parameter in model.Parameters())
        {
            parameter.Trainable = false;
        }

        return model;
    }
}
