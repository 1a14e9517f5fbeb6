namespace ThinkRec.Text.Formats;

/// <summary>Finds the reader for what lies in a folder.</summary>
internal static class TokenizerFiles
{
    private const int MaxModelBytes = 32 << 20;

    /// <summary>Reads a tokenizer.</summary>
    /// <param name="path">A folder, or one of the files.</param>
    public static TokenizerParts Read(string path)
    {
        var file = Directory.Exists(path) ? FindIn(path) : path;
        if (!File.Exists(file))
        {
            throw new FileNotFoundException(
                $"{file}: there is no such file. Give the folder with tokenizer.json, vocab.json and merges.txt, tokenizer.model, vocab.txt or "
                + "tokenizer.bin, or make one with 'thinkrec tokenizer train'.",
                file);
        }

        return Path.GetFileName(file) switch
        {
            VocabularyFolder.VocabularyFile or VocabularyFolder.MergesFile => VocabularyFolder.Read(Path.GetDirectoryName(Path.GetFullPath(file))!),
            var name when name.EndsWith(".txt", StringComparison.Ordinal) => WordPieceVocabulary.Read(file),
            var name when name.EndsWith(".bin", StringComparison.Ordinal) => LlamaCFile.Read(file),
            var name when name.Contains(".model", StringComparison.Ordinal) || name.EndsWith(".tiktoken", StringComparison.Ordinal) => ReadModel(file),
            _ => JsonTokenizer.Read(file),
        };
    }

    private static TokenizerParts ReadModel(string path)
    {
        var file = InputFile.Read(path, MaxModelBytes);
        return TiktokenFile.Looks(file) ? TiktokenFile.Read(file)
            : SentencePieceFile.Looks(file) ? SentencePieceFile.Read(file)
            : throw file.Problem("", "the file is neither a SentencePiece model nor a tiktoken file.");
    }

    private static string FindIn(string folder)
    {
        var json = Path.Combine(folder, TokenizerWriter.TokenizerFile);
        if (File.Exists(json))
        {
            return json;
        }

        foreach (var name in new[] { VocabularyFolder.MergesFile, "tokenizer.model*", "*.tiktoken", "vocab.txt", "tok*.bin" })
        {
            var found = Directory.GetFiles(folder, name);
            if (found.Length > 1)
            {
                throw new TokenizerFormatException(
                    folder, "", $"there is more than one tokenizer: {string.Join(", ", found.Select(Path.GetFileName).Order(StringComparer.Ordinal))}. Give the path of one.");
            }

            if (found.Length == 1 && (name != VocabularyFolder.MergesFile || File.Exists(Path.Combine(folder, VocabularyFolder.VocabularyFile))))
            {
                return found[0];
            }
        }

        return json;
    }
}
