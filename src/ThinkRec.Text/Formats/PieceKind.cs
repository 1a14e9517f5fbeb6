namespace ThinkRec.Text.Formats;

/// <summary>What an entry of a vocabulary with scores is for.</summary>
internal enum PieceKind
{
    /// <summary>Text, or a byte.</summary>
    Text,

    /// <summary>A token that its maker named; plain text never yields it.</summary>
    Named,

    /// <summary>A control token.</summary>
    Special,
}
