using ThinkRec.Data;
using ThinkRec.Models.Collaborative;

namespace ThinkRec.Training.Encoders;

/// <summary>What is known of its user just before each row, worked out once for all rows.</summary>
internal sealed class UserTimeline
{
    private readonly float[] _moods;
    private readonly float[] _tastes;
    private readonly int _numProperties;

    /// <summary>Goes through the rows in their order.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="statistics">The items' statistics.</param>
    /// <param name="properties">The items' properties.</param>
    internal UserTimeline(Dataset dataset, ItemStatistics statistics, ItemProperties properties)
    {
        _numProperties = properties.Count;
        _moods = new float[dataset.Interactions.Length * UserStatistics.Count];
        _tastes = new float[dataset.Interactions.Length * _numProperties];
        var users = new UserStatistics?[dataset.Users.Count];
        for (int row = 0; row < dataset.Interactions.Length; row++)
        {
            Interaction interaction = dataset.Interactions[row];
            UserStatistics user = users[interaction.User] ??= new UserStatistics(statistics, properties);
            user.Read(interaction.Timestamp, _moods.AsSpan(row * UserStatistics.Count, UserStatistics.Count), _tastes.AsSpan(row * _numProperties, _numProperties));
            user.Add(row, interaction);
        }
    }

    /// <summary>The user's mood just before a row.</summary>
    /// <param name="row">Row number.</param>
    /// <returns><see cref="UserStatistics.Count"/> numbers.</returns>
    internal ReadOnlySpan<float> Mood(int row) => _moods.AsSpan(row * UserStatistics.Count, UserStatistics.Count);

    /// <summary>The user's tastes just before a row.</summary>
    /// <param name="row">Row number.</param>
    /// <returns>A number for each property.</returns>
    internal ReadOnlySpan<float> Tastes(int row) => _tastes.AsSpan(row * _numProperties, _numProperties);
}
