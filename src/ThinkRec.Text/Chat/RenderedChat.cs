namespace ThinkRec.Text.Chat;

/// <summary>A chat as a model expects it.</summary>
/// <param name="Pieces">The text in stretches of one origin; neighbours differ in it.</param>
public sealed record RenderedChat(IReadOnlyList<ChatPiece> Pieces)
{
    /// <summary>Encodes the text. Names of added tokens stand for these tokens where the template wrote them; in messages they are plain text.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <returns>Token ids. Nothing is put before or after: the template says what a chat begins with.</returns>
    public int[] Encode(Tokenizer tokenizer) => new ChatEncoder(tokenizer).Encode(Pieces);

    /// <summary>The whole text, as transformers' <c>apply_chat_template(tokenize=False)</c> gives it.</summary>
    /// <returns>The text; encoded as it is, it would let messages name control tokens.</returns>
    public override string ToString() => string.Concat(Pieces.Select(piece => piece.Text));
}
