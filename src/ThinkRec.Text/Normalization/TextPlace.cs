namespace ThinkRec.Text.Normalization;

/// <summary>What stands before a text that is encoded.</summary>
internal enum TextPlace
{
    /// <summary>Nothing.</summary>
    Start,

    /// <summary>An added token.</summary>
    AfterToken,

    /// <summary>Text that it goes on from, encoded by itself.</summary>
    Within,
}
