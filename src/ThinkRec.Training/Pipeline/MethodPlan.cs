using ThinkRec.Models.Reasoning;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Runs;

namespace ThinkRec.Training.Pipeline;

/// <summary>A method with a language model: its stages in their order, and what its configuration begins with.</summary>
/// <param name="Method">Name on the command line.</param>
/// <param name="Stages">Names of its stages.</param>
/// <param name="Defaults">Values that a configuration wins over, each <c>key=value</c>.</param>
/// <remarks>Contents of the prompts: the paper's comparisons as their authors' configurations have them (positive-only histories without keywords), in words of our own.</remarks>
public sealed record MethodPlan(string Method, IReadOnlyList<string> Stages, IReadOnlyList<string> Defaults)
{
    /// <summary>The collaborative encoder.</summary>
    public const string Encoder = "encoder";

    /// <summary>The language model, taken from a folder or trained.</summary>
    public const string Llm = "llm";

    /// <summary>The global adapter, on plain examples and examples with a reason.</summary>
    public const string Thinking = "thinking";

    /// <summary>The global adapter, on plain examples alone.</summary>
    public const string Tuning = "tuning";

    /// <summary>Soft prompts and an adapter together; <see cref="Tuning"/> goes on with the adapter.</summary>
    public const string Prompts = "prompts";

    /// <summary>The projector of the encoder's vectors.</summary>
    public const string Projector = "projector";

    /// <summary>Groups of users.</summary>
    public const string Groups = "groups";

    /// <summary>An adapter for each group.</summary>
    public const string Experts = "experts";

    private static readonly string[] Plain =
    [
        "prompt.history=positiveOnly", "prompt.labels=false", """prompt.item="\n{title}" """, "thinking.objective.theta=1", "thinking.objective.gamma=0",
    ];

    private static readonly MethodPlan[] All =
    [
        new(Methods.TallRec, [Llm, Tuning],
            [.. Plain, """prompt.template="#Question: A user enjoyed these {nouns}, oldest first:{history}\nWould the user enjoy this {noun}? Begin with Yes or No.{target}\n#Answer:" """]),
        new(Methods.Prompt4Nr, [Llm, Prompts, Tuning],
            [.. Plain, "prompt.vectorTokens=3",
            """prompt.template="{user_vector} enjoyed these {nouns}, oldest first:{history}\nNext:{target_vector}{target}\nWould the user enjoy this {noun}? Begin with Yes or No.\n#Answer:" """]),
        new(Methods.CoLlm, [Encoder, Llm, Tuning, Projector],
            [.. Plain, "projector.shape=mlp",
            """prompt.template="#Question: A user enjoyed these {nouns}, oldest first:{history}\nThe user's taste:{user_vector}\nWould the user enjoy this {noun}? Begin with Yes or No.{target}{target_vector}\n#Answer:" """]),
        new(Methods.ThinkRec, [Encoder, Llm, Thinking, Projector, Groups, Experts], []),
    ];

    /// <summary>Names of all stages of all methods.</summary>
    public static IReadOnlyList<string> AllStages { get; } = [Encoder, Llm, Prompts, Thinking, Tuning, Projector, Groups, Experts];

    /// <summary>The stage that trains the global adapter.</summary>
    public string AdapterStage => Has(Thinking) ? Thinking : Tuning;

    /// <summary>The stage that trains what maps vectors into prompts; null for a method without vectors.</summary>
    public string? VectorStage => Has(Projector) ? Projector : Has(Prompts) ? Prompts : null;

    /// <summary>Finds a method.</summary>
    /// <param name="method">Its name.</param>
    /// <returns>Its plan.</returns>
    public static MethodPlan Of(string method) => All.Single(plan => plan.Method == method);

    /// <summary>Whether the method has a stage.</summary>
    /// <param name="stage">Its name.</param>
    /// <returns>True when it has.</returns>
    public bool Has(string stage) => Stages.Contains(stage);

    /// <summary>The stages up to one.</summary>
    /// <param name="last">The last one wanted; null for all.</param>
    /// <returns>In their order.</returns>
    /// <exception cref="ConfigurationException">The method has no such stage.</exception>
    public IReadOnlyList<string> Until(string? last) =>
        last is null ? Stages
        : Has(last) ? [.. Stages.Take(Stages.ToList().IndexOf(last) + 1)]
        : throw new ConfigurationException("--stage", [$"{Method} has no stage {last}; have: {string.Join(", ", Stages)}"]);

    /// <summary>Switches off what the method has no stage for, whatever the configuration says of it: one file may serve several methods.</summary>
    /// <param name="config">Settings.</param>
    /// <returns>The settings that count.</returns>
    /// <exception cref="ConfigurationException">The method is nothing without a part that is switched off.</exception>
    public ThinkRecConfig Resolve(ThinkRecConfig config) => Has(Prompts) && !config.Projector.Enabled
        ? throw new ConfigurationException("projector.enabled", [$"{Method} without its soft prompts is {Methods.TallRec}; train that"])
        : config with
        {
            Encoder = Has(Encoder) ? config.Encoder : new(),
            Llm = Has(Projector) ? config.Llm : config.Llm with { Pretrain = config.Llm.Pretrain with { VectorShare = 0 } },
            Thinking = Has(Thinking) ? config.Thinking : config.Thinking with { Enabled = false },
            Projector = VectorStage is null ? new() { Enabled = false }
                : Has(Prompts) ? config.Projector with { Shape = ProjectorShape.Linear } // free vectors, nothing else
                : config.Projector,
            Experts = Has(Experts) ? config.Experts : new() { Enabled = false },
        };

    /// <summary>Sections of a configuration that say something about stages which the method does not have.</summary>
    /// <param name="config">Settings as read.</param>
    /// <returns>Their keys.</returns>
    public IEnumerable<string> Unused(ThinkRecConfig config)
    {
        (string Key, bool IsUnused)[] sections =
        [
            ("encoder", !Has(Encoder) && config.Encoder != new EncoderSource()), ("thinking.reasons", !Has(Thinking) && config.Thinking.Reasons != null),
            ("projector", VectorStage is null && config.Projector != new ProjectorOptions()), ("experts", !Has(Experts) && config.Experts != new ExpertOptions()),
        ];
        return sections.Where(section => section.IsUnused).Select(section => section.Key);
    }

    /// <summary>What a finished run of the method has results of, besides those of its experts.</summary>
    /// <param name="config">Settings of the run.</param>
    /// <returns>Names of results.</returns>
    public IEnumerable<string> Results(ThinkRecConfig config) => Stages.SelectMany(stage => stage switch
    {
        Llm => config.Llm.Path is null ? ["behaviour"] : Array.Empty<string>(),
        Projector => config.Projector.Enabled ? [stage] : [],
        Groups => config.Experts.Enabled ? [stage] : [],
        Experts => [],
        _ => [stage],
    });
}
