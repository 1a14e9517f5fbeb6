namespace ThinkRec.Training.Grouping;

/// <summary>How users are put into groups.</summary>
public enum ClusteringMethod
{
    /// <summary>Agglomerative clustering that adds the least variance at each merge; time grows with the square of the users.</summary>
    Ward,

    /// <summary>k-means, the best of ten starts.</summary>
    KMeans,
}
