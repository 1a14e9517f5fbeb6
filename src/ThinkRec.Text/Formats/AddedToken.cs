using System.Text.Json;
using ThinkRec.Text.Bpe;

namespace ThinkRec.Text.Formats;

/// <summary>A token that a file names beside its vocabulary.</summary>
/// <param name="Key">Where in the file.</param>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="IsSpecial">Whether it is a control token.</param>
/// <param name="Edges">What it takes of the text around it.</param>
internal sealed record AddedToken(string Key, int Id, string Content, bool IsSpecial, TokenEdges Edges = TokenEdges.None)
{
    /// <summary>Reads the list of a tokenizer.json.</summary>
    public static List<AddedToken> ReadList(JsonSource source, JsonElement root)
    {
        var added = new List<AddedToken>();
        if (JsonSource.Optional(root, "added_tokens") is not null)
        {
            foreach (var (entry, key) in source.List(root, "added_tokens"))
            {
                source.Expect(entry, key, JsonValueKind.Object);
                var id = source.Required(entry, $"{key}.id", JsonValueKind.Number);
                added.Add(Read(source, entry, key, source.Id(id, $"{key}.id", VocabularyBuilder.MaxSize)));
            }
        }

        return added;
    }

    /// <summary>Reads one entry.</summary>
    public static AddedToken Read(JsonSource source, JsonElement entry, string key, int id)
    {
        source.Expect(entry, key, JsonValueKind.Object);
        var content = source.Required(entry, $"{key}.content", JsonValueKind.String);
        var edges = (source.Flag(entry, $"{key}.single_word") ? TokenEdges.SingleWord : TokenEdges.None)
            | (source.Flag(entry, $"{key}.lstrip") ? TokenEdges.StripsLeft : TokenEdges.None)
            | (source.Flag(entry, $"{key}.rstrip") ? TokenEdges.StripsRight : TokenEdges.None);
        return new AddedToken(key, id, source.Text(content, $"{key}.content"), source.Flag(entry, $"{key}.special"), edges);
    }
}
