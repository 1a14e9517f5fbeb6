using ThinkRec.Models.Collaborative;

namespace ThinkRec.Training.Runs;

/// <summary>Names of the methods that can be trained.</summary>
public static class Methods
{
    /// <summary>Matrix factorisation.</summary>
    public const string Mf = "mf";

    /// <summary>Self-attentive sequential recommendation.</summary>
    public const string SasRec = "sasrec";

    /// <summary>Self-attention over likes and dislikes, with the items' words.</summary>
    public const string FeedbackSasRec = "sasrec-feedback";

    /// <summary>The whole of ThinkRec.</summary>
    public const string ThinkRec = "thinkrec";

    /// <summary>The method's name of an encoder.</summary>
    /// <param name="encoder">Which encoder.</param>
    /// <returns>As on the command line.</returns>
    public static string Of(EncoderMethod encoder) => encoder switch
    {
        EncoderMethod.Mf => Mf,
        EncoderMethod.Sasrec => SasRec,
        _ => FeedbackSasRec,
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Mf, SasRec, FeedbackSasRec, ThinkRec];
}
