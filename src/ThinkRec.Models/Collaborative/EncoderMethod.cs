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

    /// <summary>Self-attention over likes and dislikes, with the items' words.</summary>
    SasrecFeedback,
}
