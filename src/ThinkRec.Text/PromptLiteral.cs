namespace ThinkRec.Text;

/// <summary>Text that stands in the prompt as it is.</summary>
/// <param name="Text">The text, with doubled braces already made single.</param>
public sealed record PromptLiteral(string Text) : PromptPart;
