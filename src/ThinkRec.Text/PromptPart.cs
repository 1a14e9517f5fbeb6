namespace ThinkRec.Text;

/// <summary>One part of a prompt template: literal text or a placeholder.</summary>
public abstract record PromptPart;
