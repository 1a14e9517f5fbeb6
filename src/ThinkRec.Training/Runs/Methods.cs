using ThinkRec.Models.Collaborative;

namespace ThinkRec.Training.Runs;

/// <summary>Names of what a run can be a training of.</summary>
public static class Methods
{
    /// <summary>Matrix factorisation.</summary>
    public const string Mf = "mf";

    /// <summary>Vectors smoothed over the graph of likes.</summary>
    public const string LightGcn = "lightgcn";

    /// <summary>Self-attentive sequential recommendation.</summary>
    public const string SasRec = "sasrec";

    /// <summary>The same with many sampled items and a loss calibrated for them.</summary>
    public const string GSasRec = "gsasrec";

    /// <summary>Deep interest network.</summary>
    public const string Din = "din";

    /// <summary>Self-attention over likes and dislikes, with the items' words.</summary>
    public const string FeedbackSasRec = "sasrec-feedback";

    /// <summary>A language model tuned on likes alone, without vectors.</summary>
    public const string TallRec = "tallrec";

    /// <summary>The same with soft prompts beside user and item.</summary>
    public const string Prompt4Nr = "prompt4nr";

    /// <summary>The same with an encoder's vectors of user and item.</summary>
    public const string CoLlm = "collm";

    /// <summary>The whole of ThinkRec.</summary>
    public const string ThinkRec = "thinkrec";

    /// <summary>A language model alone, from text; <c>llm pretrain</c> makes such runs, <c>train</c> does not.</summary>
    public const string Pretrain = "pretrain";

    /// <summary>A search over settings of an encoder; its trials are runs of their own.</summary>
    public const string Search = "search";

    /// <summary>Vectors that were trained elsewhere; <c>vectors import</c> makes such runs, <c>train</c> does not.</summary>
    public const string Imported = "imported";

    /// <summary>Those with a language model; each is a list of stages (<see cref="Pipeline.MethodPlan"/>).</summary>
    public static IReadOnlyList<string> OfLanguageModels { get; } = [TallRec, Prompt4Nr, CoLlm, ThinkRec];

    /// <summary>Those that <c>train</c> knows.</summary>
    public static IReadOnlyList<string> All { get; } = [Mf, LightGcn, SasRec, GSasRec, Din, FeedbackSasRec, .. OfLanguageModels];

    /// <summary>The method's name of an encoder.</summary>
    /// <param name="encoder">Which encoder.</param>
    /// <returns>As on the command line.</returns>
    public static string Of(EncoderMethod encoder) => encoder switch
    {
        EncoderMethod.Mf => Mf,
        EncoderMethod.Lightgcn => LightGcn,
        EncoderMethod.Sasrec => SasRec,
        EncoderMethod.Gsasrec => GSasRec,
        EncoderMethod.Din => Din,
        _ => FeedbackSasRec,
    };
}
