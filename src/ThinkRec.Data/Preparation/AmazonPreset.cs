namespace ThinkRec.Data.Preparation;

/// <summary>One of <see cref="AmazonPresets"/>.</summary>
/// <param name="Category">The files' name.</param>
/// <param name="Noun">What one item and several are called.</param>
/// <param name="Window">What is counted for the frequency filter.</param>
/// <param name="MinRows">Rows that users and items need, counted once.</param>
/// <param name="Split">The splits.</param>
/// <param name="HasOneItemPerTitle">Whether of several items with one title only the last counts, and ratings of the others are dropped.</param>
internal sealed record AmazonPreset(
    string Category, (string One, string Several) Noun, TimeWindow Window, int MinRows, HalvedSplit Split, bool HasOneItemPerTitle = false);
