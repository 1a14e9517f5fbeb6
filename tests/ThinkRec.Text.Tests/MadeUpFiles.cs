using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using ThinkRec.TestKit;
using ThinkRec.Text.Bpe;

namespace ThinkRec.Text.Tests;

/// <summary>Small tokenizer files of every kind, made up.</summary>
internal static class MadeUpFiles
{
    private const string Config = """
        {"bos_token":"<s>","eos_token":"</s>","add_bos_token":true,"added_tokens_decoder":{"300":{"content":"<s>","special":true},
        "301":{"content":"</s>","special":true,"lstrip":true},"302":{"content":"<tool>","special":false,"single_word":true}}}
        """;

    private static readonly string[] Words = ["▁", "t", "h", "e", "c", "a", "▁t", "he", "▁the", "at", "▁c", "▁cat", "."];

    /// <summary>Files by kind and name.</summary>
    public static Dictionary<string, Dictionary<string, byte[]>> All { get; } = new()
    {
        ["byte-level json"] = Saved(),
        ["llama3-like json"] = new() { ["tokenizer.json"] = Utf8(Llama3Json()) },
        ["llama2-like json"] = new() { ["tokenizer.json"] = Utf8(CharacterJson("""
            "normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]},
            "pre_tokenizer":null,"decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},
            {"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]},
            """)) },
        ["metaspace json"] = new() { ["tokenizer.json"] = Utf8(CharacterJson("""
            "normalizer":{"type":"NFC"},"pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":true},
            "decoder":{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":true},
            """)) },
        ["wordpiece json"] = new() { ["tokenizer.json"] = Utf8("""
            {"normalizer":{"type":"BertNormalizer","strip_accents":null},"pre_tokenizer":{"type":"BertPreTokenizer"},
            "decoder":{"type":"WordPiece","prefix":"##","cleanup":true},"post_processor":{"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",1]},
            "added_tokens":[{"id":0,"content":"[UNK]","special":true},{"id":1,"content":"[CLS]","special":true},{"id":2,"content":"[SEP]","special":true}],
            "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,
            "vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"the":3,"cat":4,"##s":5,".":6}}}
            """) },
        ["vocabulary and merges"] = VocabularyAndMerges(),
        ["tiktoken"] = new() { ["tokenizer.model"] = Tiktoken(), ["tokenizer_config.json"] = Utf8(Config) },
        ["sentencepiece"] = new() { ["tokenizer.model"] = SentencePiece(withBytes: true) },
        ["sentencepiece without bytes"] = new() { ["tokenizer.model"] = SentencePiece(withBytes: false) },
        ["wordpiece"] = new() { ["vocab.txt"] = Utf8("[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\ncat\n##s\n##ts\n.\n中\n") },
        ["llama2.c"] = new() { ["tok300.bin"] = LlamaC() },
    };

    /// <summary>Writes the files of a kind and reads them.</summary>
    public static Tokenizer Load(string kind)
    {
        using var folder = new TemporaryFolder();
        Write(All[kind], folder.FullPath);
        return Tokenizer.Load(folder.FullPath);
    }

    /// <summary>Writes files into a folder.</summary>
    public static void Write(Dictionary<string, byte[]> files, string folder)
    {
        foreach (var (name, content) in files)
        {
            File.WriteAllBytes(Path.Combine(folder, name), content);
        }
    }

    /// <summary>A SentencePiece model.</summary>
    public static byte[] SentencePiece(bool withBytes, Action<MemoryStream>? addFields = null)
    {
        using var model = new MemoryStream();
        List<(string Text, int Type)> pieces = [("<unk>", 2), ("<s>", 3), ("</s>", 3), ("[INST]", 4)];
        pieces.AddRange(Enumerable.Range(0, withBytes ? 256 : 0).Select(value => ($"<0x{value:X2}>", 6)));
        pieces.AddRange(Words.Select(word => (word, 1)));
        foreach (var (index, (text, type)) in pieces.Index())
        {
            using var piece = new MemoryStream();
            Field(piece, 1, Utf8(text));
            piece.WriteByte(0x15);
            piece.Write(BitConverter.GetBytes(-(float)index));
            piece.Write([0x18, (byte)type]);
            Field(model, 1, piece.ToArray());
        }

        Field(model, 2, [0x18, 2]); // the BPE kind
        Field(model, 3, [0x0A, 8, .. "identity"u8, 0x18, 1, 0x20, 0]); // a prefix, and spaces as they are
        addFields?.Invoke(model);
        return model.ToArray();
    }

    /// <summary>Writes a field of bytes.</summary>
    public static void Field(Stream message, int number, ReadOnlySpan<byte> content)
    {
        message.WriteByte((byte)((number << 3) | 2));
        var length = content.Length;
        for (; length >= 128; length >>= 7)
        {
            message.WriteByte((byte)(length | 128));
        }

        message.WriteByte((byte)length);
        message.Write(content);
    }

    private static Dictionary<string, byte[]> Saved()
    {
        using var folder = new TemporaryFolder();
        BpeTrainer.Train(TrainedTokenizer.Lines(), new BpeTrainerOptions { VocabularySize = 280 }).Save(folder.FullPath);
        return Directory.GetFiles(folder.FullPath).ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes);
    }

    private static Dictionary<string, int> ByteEntries() =>
        Enumerable.Range(0, 256).ToDictionary(value => ByteAlphabet.ToCharacter((byte)value).ToString(), value => value);

    private static string Llama3Json()
    {
        var entries = ByteEntries();
        Array.ForEach(["Ġt", "he", "Ġthe", "at", "Ġcat"], entry => entries.Add(entry, entries.Count));
        return $$$"""
            {"normalizer":null,"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":{{{JsonSerializer.Serialize(Splitting.Cl100kScanner.Llama3Pattern)}}} },
            "behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]},
            "post_processor":{"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0} },
            {"Sequence":{"id":"A","type_id":0} }]}]},"decoder":{"type":"ByteLevel"},
            "added_tokens":[{"id":300,"content":"<s>","special":true},{"id":301,"content":"</s>","special":true,"rstrip":true}],
            "model":{"type":"BPE","ignore_merges":true,"vocab":{{{JsonSerializer.Serialize(entries)}}},"merges":["Ġ t",["h","e"],"Ġt he","a t"]}}
            """;
    }

    private static string CharacterJson(string parts)
    {
        List<string> entries = ["<unk>", "<s>", "</s>", .. Words];
        return $$$"""
            { {{{parts}}} "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>"} },{"Sequence":{"id":"A"} }]},
            "added_tokens":[{"id":0,"content":"<unk>","special":true},{"id":1,"content":"<s>","special":true},{"id":2,"content":"</s>","special":true}],
            "model":{"type":"BPE","unk_token":"<unk>","fuse_unk":true,"byte_fallback":false,"vocab":{{{JsonSerializer.Serialize(entries.Index().ToDictionary(e => e.Item, e => e.Index))}}},
            "merges":["▁ t","h e","▁t he","a t","▁ c","▁c at"]}}
            """;
    }

    private static Dictionary<string, byte[]> VocabularyAndMerges()
    {
        var entries = ByteEntries();
        Array.ForEach(["Ġt", "he", "Ġthe"], entry => entries.Add(entry, entries.Count));
        return new()
        {
            ["vocab.json"] = Utf8(JsonSerializer.Serialize(entries)),
            ["merges.txt"] = Utf8("#version: 0.2\nĠ t\nh e\nĠt he\n"),
            ["tokenizer_config.json"] = Utf8(Config.Replace("{\"bos", "{\"tokenizer_class\":\"Qwen2Tokenizer\",\"bos", StringComparison.Ordinal)),
        };
    }

    private static byte[] Tiktoken()
    {
        byte[][] tokens = [.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value }), [.. " t"u8], [.. "he"u8], [.. " the"u8], [.. "cat"u8]];
        return Utf8(string.Concat(tokens.Index().Select(token => $"{Convert.ToBase64String(token.Item)} {token.Index}\n")));
    }

    private static byte[] LlamaC()
    {
        using var file = new MemoryStream();
        file.Write([6, 0, 0, 0]);
        string[] entries = ["<unk>", "\n<s>\n", "\n</s>\n", .. Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>"), .. Words.Select(word => word.Replace('▁', ' '))];
        Span<byte> header = stackalloc byte[8];
        foreach (var (index, entry) in entries.Index())
        {
            BinaryPrimitives.WriteSingleLittleEndian(header, -index);
            BinaryPrimitives.WriteInt32LittleEndian(header[4..], Encoding.UTF8.GetByteCount(entry));
            file.Write(header);
            file.Write(Utf8(entry));
        }

        return file.ToArray();
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
