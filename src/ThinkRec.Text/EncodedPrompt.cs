namespace ThinkRec.Text;

/// <summary>A prompt ready for the model.</summary>
/// <param name="TokenIds">The tokens; placeholders are at the positions of the vectors, nowhere else.</param>
/// <param name="Vectors">Which vector goes where, by rising position.</param>
/// <param name="MarkPositions">Positions of the marked tokens, in the order of marking.</param>
public sealed record EncodedPrompt(int[] TokenIds, PromptVector[] Vectors, int[] MarkPositions)
{
    /// <summary>Number of tokens.</summary>
    public int Length => TokenIds.Length;
}
