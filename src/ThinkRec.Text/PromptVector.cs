namespace ThinkRec.Text;

/// <summary>A place in a prompt where a collaborative vector takes the place of a token's embedding.</summary>
/// <param name="Position">Index of the token in the prompt; of the first one where there are several.</param>
/// <param name="Kind">Whose vector it is.</param>
/// <param name="Index">Dense index of that user or item.</param>
/// <param name="Row">Of an item in a history, the number of the row it is there for; null for anything else.</param>
/// <param name="Count">So many tokens, one after another, stand for it.</param>
public readonly record struct PromptVector(int Position, VectorKind Kind, int Index, int? Row = null, int Count = 1);
