namespace ThinkRec.Text.Chat;

/// <summary>A stretch of a rendered chat.</summary>
/// <param name="Text">What it says.</param>
/// <param name="IsFromTemplate">Whether the template's author wrote it: only there do names of special tokens stand for these tokens.</param>
public readonly record struct ChatPiece(string Text, bool IsFromTemplate);
