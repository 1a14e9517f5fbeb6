using ThinkRec.Text.Bpe;
using ThinkRec.Text.Formats;
using ThinkRec.Text.Normalization;
using ThinkRec.Text.Splitting;

namespace ThinkRec.Text;

/// <summary>What a tokenizer is made of; text passes through the parts from top to bottom.</summary>
internal sealed record TokenizerParts
{
    /// <summary>Changes to the text, in order.</summary>
    public IReadOnlyList<Normalizer> Normalizers { get; init; } = [];

    /// <summary>Each cuts the pieces of the one before; without any the text is one piece.</summary>
    public IReadOnlyList<Splitter> Splitters { get; init; } = [];

    /// <summary>Encodes pieces.</summary>
    public required WordModel Model { get; init; }

    /// <summary>The tokens, with the bytes that decoding gives for them.</summary>
    public required Vocabulary Vocabulary { get; init; }

    /// <summary>Whether decoding drops a space at the beginning, which encoding put there.</summary>
    public bool DropsLeadingSpace { get; init; }

    /// <summary>Tokens before and after a whole text.</summary>
    public (IReadOnlyList<int> Before, IReadOnlyList<int> After) Frame { get; init; } = ([], []);

    /// <summary>The files that were read; empty when the vocabulary says all, so that it can be written anew.</summary>
    public IReadOnlyList<InputFile> Files { get; init; } = [];

    /// <summary>A tokenizer of GPT-2's kind.</summary>
    public static TokenizerParts Gpt2(Vocabulary vocabulary) => new()
    {
        Splitters = [new Gpt2Scanner()],
        Model = new ByteBpeModel(vocabulary.ByteIds(), new MergeTable(vocabulary.Merges)),
        Vocabulary = vocabulary,
    };
}
