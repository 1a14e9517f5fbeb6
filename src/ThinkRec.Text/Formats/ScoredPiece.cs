namespace ThinkRec.Text.Formats;

/// <summary>An entry of a vocabulary whose scores say what merges first.</summary>
/// <param name="Text">Its spelling.</param>
/// <param name="Score">The higher, the earlier it is made of two others.</param>
/// <param name="Kind">What it is for.</param>
internal sealed record ScoredPiece(string Text, float Score, PieceKind Kind);
