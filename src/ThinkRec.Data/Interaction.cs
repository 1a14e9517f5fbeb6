namespace ThinkRec.Data;

/// <summary>One rating event.</summary>
/// <param name="User">Dense user index from 1; 0 is padding.</param>
/// <param name="Item">Dense item index from 1; 0 is padding.</param>
/// <param name="Rating">The rating on the source's own scale.</param>
/// <param name="Label">True for a like, false for a dislike.</param>
/// <param name="Timestamp">Seconds since 1970-01-01 UTC.</param>
/// <param name="Split">The part of the dataset that the row belongs to.</param>
public readonly record struct Interaction(int User, int Item, float Rating, bool Label, long Timestamp, Split Split);
