namespace ThinkRec.Teaching;

/// <summary>Which training rows a teacher is asked about.</summary>
public enum RowChoice
{
    /// <summary>Every row with enough history, all equally likely.</summary>
    Uniform,

    /// <summary>Rows whose history is full and holds as many likes as dislikes; one more of either where its length is odd.</summary>
    Balanced,
}
