namespace ThinkRec.Text.Chat;

/// <summary>A chat as a model expects it.</summary>
/// <param name="Pieces">The text in stretches of one origin; neighbours differ in it.</param>
public sealed record RenderedChat(IReadOnlyList<ChatPiece> Pieces)
{
    /// <summary>Encodes the text. Names of added tokens stand for these tokens where the template wrote them; in messages they are plain text.</summary>
    /// <param name="tokenizer">The model's tokenizer. Its placeholder for vectors is plain text everywhere.</param>
    /// <returns>Token ids: those of Hugging Face wherever no message names a token. What lies between two added tokens is
    /// encoded as one text, whoever wrote its parts. Nothing is put before or after: the template says what a chat begins with.</returns>
    public int[] Encode(Tokenizer tokenizer) => [.. tokenizer.EncodeWithAddedTokens(ToString(), IsToken(tokenizer))];

    // Whether the template wrote the whole name.
    private Func<int, int, int, bool> IsToken(Tokenizer tokenizer)
    {
        int[] ends = new int[Pieces.Count];
        for (int i = 0, end = 0; i < ends.Length; i++)
        {
            ends[i] = end += Pieces[i].Text.Length;
        }

        return (start, end, id) =>
        {
            var found = Array.BinarySearch(ends, start + 1);
            var piece = found < 0 ? ~found : found;
            return Pieces[piece].IsFromTemplate && end <= ends[piece] && id != tokenizer.PlaceholderId;
        };
    }

    /// <summary>The whole text, as transformers' <c>apply_chat_template(tokenize=False)</c> gives it.</summary>
    /// <returns>The text; encoded as it is, it would let messages name control tokens.</returns>
    public override string ToString() => string.Concat(Pieces.Select(piece => piece.Text));
}
