namespace ThinkRec.Text.Normalization;

/// <summary>Changes text before it is cut into pieces.</summary>
internal abstract class Normalizer
{
    /// <summary>Gives the changed text.</summary>
    /// <param name="text">Any text, also with lone surrogates.</param>
    /// <param name="place">What stands before the text.</param>
    public abstract string Apply(string text, TextPlace place);
}
