namespace ThinkRec.Models.Collaborative;

/// <summary>The collaborative encoders.</summary>
public enum EncoderMethod
{
    /// <summary>Matrix factorisation.</summary>
    Mf,

    /// <summary>Vectors smoothed over the graph of likes.</summary>
    Lightgcn,

    /// <summary>Self-attention over the history.</summary>
    Sasrec,

    /// <summary>Self-attention over the history, trained with many sampled items and a loss calibrated for them.</summary>
    Gsasrec,

    /// <summary>History items weighted by what they say about the target.</summary>
    Din,

    /// <summary>Self-attention over likes and dislikes, with the items' words.</summary>
    SasrecFeedback,
}
