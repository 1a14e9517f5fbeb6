using ThinkRec.Data;
using ThinkRec.Text;

namespace ThinkRec.Models.Reasoning;

/// <summary>How a user's history and a target item become a prompt.</summary>
public sealed record PromptOptions
{
    /// <summary>Placeholders of <see cref="Template"/>.</summary>
    public static readonly IReadOnlyCollection<string> TemplatePlaceholders = ["noun", "nouns", "history", "user_vector", "target", "target_vector"];

    /// <summary>Placeholders of <see cref="Item"/>.</summary>
    public static readonly IReadOnlyCollection<string> ItemPlaceholders = ["title", "keywords", "description", "vector"];

    /// <summary>The whole prompt. Everything before <c>{target}</c> and <c>{target_vector}</c> is shared by all candidates of one user.</summary>
    public string Template { get; init; } =
        "#Question: These are the {nouns} a user rated, oldest first, and whether the user enjoyed each.{history}\nThe user's taste:{user_vector}\nWould the user enjoy this {noun}?{target}";

    /// <summary>The whole prompt of evaluation and serving; null for that of training.</summary>
    public string? InferenceTemplate { get; init; }

    /// <summary>One item; in a history the answer token follows it, after the target the model answers.</summary>
    public string Item { get; init; } = "\n{title} ({keywords}){vector} enjoyed:";

    /// <summary>Both kinds of feedback, or likes only.</summary>
    public HistoryKind History { get; init; } = HistoryKind.Dual;

    /// <summary>Whether the user's answer follows each item of a history.</summary>
    public bool Labels { get; init; } = true;

    /// <summary>At most so many latest history items.</summary>
    public int HistoryLength { get; init; } = 10;

    /// <summary>Each untrusted text is cut at so many tokens.</summary>
    public int MaxTextTokens { get; init; } = 48;

    /// <summary>Whether a prompt begins with the tokenizer's begin token; what stands there instead can be the template's first words.</summary>
    public bool BeginToken { get; init; } = true;

    /// <summary>So many tokens stand for each vector.</summary>
    public int VectorTokens { get; init; } = 1;

    /// <summary>Only strictly earlier times enter a history; else earlier rows of the same second do too.</summary>
    public bool StrictTime { get; init; }

    /// <summary>The positive answer; one token.</summary>
    public string Yes { get; init; } = " Yes";

    /// <summary>The negative answer; one token.</summary>
    public string No { get; init; } = " No";

    /// <summary>Everything wrong with these options.</summary>
    /// <returns>One sentence each.</returns>
    public IEnumerable<string> Problems()
    {
        foreach ((string key, string text, IReadOnlyCollection<string> allowed, string needed) in new[]
        {
            ("template", Template, TemplatePlaceholders, "target"), ("inferenceTemplate", InferenceTemplate ?? Template, TemplatePlaceholders, "target"),
            ("item", Item, ItemPlaceholders, "title"),
        })
        {
            string? problem = Check(text, allowed, needed);
            if (problem != null && (key != "inferenceTemplate" || InferenceTemplate != null))
            {
                yield return $"{key}: {problem}";
            }
        }

        if (HistoryLength is < 0 or > 1000)
        {
            yield return $"historyLength is {HistoryLength}, expected 0 to 1000";
        }

        if (MaxTextTokens is < 1 or > 4096)
        {
            yield return $"maxTextTokens is {MaxTextTokens}, expected 1 to 4096";
        }

        if (VectorTokens is < 1 or > 16)
        {
            yield return $"vectorTokens is {VectorTokens}, expected 1 to 16";
        }
    }

    /// <summary>Whether there is a place for any vector.</summary>
    public bool HasVectors => Template.Contains("{user_vector}", StringComparison.Ordinal) || Template.Contains("{target_vector}", StringComparison.Ordinal)
        || Item.Contains("{vector}", StringComparison.Ordinal);

    /// <summary>These options as evaluation and serving read them.</summary>
    /// <returns>Options whose template is <see cref="InferenceTemplate"/>, where there is one.</returns>
    public PromptOptions ForInference() => this with { Template = InferenceTemplate ?? Template, InferenceTemplate = null };

    // Whether nothing may stand before the target.
    private static bool IsBare(PromptTemplate template) => !template.Parts
        .TakeWhile(part => part is not PromptPlaceholder { Name: "target" or "target_vector" }).Any(part => part is PromptLiteral or PromptPlaceholder { Name: "history" });

    private string? Check(string text, IReadOnlyCollection<string> allowed, string needed)
    {
        try
        {
            var template = PromptTemplate.Parse(text, allowed);
            string[] names = [.. template.Parts.OfType<PromptPlaceholder>().Select(p => p.Name)];
            return !names.Contains(needed) ? $"the placeholder {{{needed}}} is missing"
                : names.SkipWhile(n => n is not ("target" or "target_vector")).Contains("history") ? "{history} stands after {target}; what candidates share must come first"
                : !BeginToken && names.Contains("target") && IsBare(template) ? "words must stand before {target}, because beginToken is false"
                : null;
        }
        catch (PromptTemplateException e)
        {
            return e.Message;
        }
    }
}
