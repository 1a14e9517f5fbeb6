namespace ThinkRec.Text;

/// <summary>A place that is filled for each sample.</summary>
/// <param name="Name">The name between the braces.</param>
public sealed record PromptPlaceholder(string Name) : PromptPart;
