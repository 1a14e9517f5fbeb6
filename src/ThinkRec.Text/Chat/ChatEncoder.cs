using System.Text;

namespace ThinkRec.Text.Chat;

/// <summary>Encodes text of which only parts may name added tokens.</summary>
/// <remarks>What lies between two added tokens is encoded as one text, as Hugging Face tokenizers do, whoever wrote its parts: ids are theirs wherever no message names a token.</remarks>
internal sealed class ChatEncoder
{
    private readonly Tokenizer _tokenizer;
    private readonly Dictionary<char, (string Content, int Id)[]> _added; // by first character, longest first

    public ChatEncoder(Tokenizer tokenizer)
    {
        _tokenizer = tokenizer;
        _added = tokenizer.AddedTokens().Where(token => token.Content.Length > 0).GroupBy(token => token.Content[0])
            .ToDictionary(group => group.Key, group => group.OrderByDescending(token => token.Content.Length).ToArray());
    }

    public int[] Encode(IReadOnlyList<ChatPiece> pieces)
    {
        var ids = new List<int>();
        var pending = new StringBuilder();
        foreach (var (text, isFromTemplate) in pieces)
        {
            var from = 0;
            for (var at = 0; isFromTemplate && at < text.Length; at++)
            {
                if (Find(text, at) is not { } token)
                {
                    continue;
                }

                Flush(pending.Append(text, from, at - from), ids);
                ids.Add(token.Id);
                from = at + token.Content.Length;
                at = from - 1;
            }

            pending.Append(text, from, text.Length - from);
        }

        Flush(pending, ids);
        return [.. ids];
    }

    private (string Content, int Id)? Find(string text, int at)
    {
        foreach (var token in _added.GetValueOrDefault(text[at], []))
        {
            if (string.CompareOrdinal(text, at, token.Content, 0, token.Content.Length) == 0)
            {
                return token;
            }
        }

        return null;
    }

    private void Flush(StringBuilder pending, List<int> ids)
    {
        _tokenizer.Encode(pending.ToString(), ids);
        pending.Clear();
    }
}
