namespace ThinkRec.Data.Preparation;

/// <summary>One line of a raw log, in whatever format it was written.</summary>
/// <param name="User">The source's id of the user; not empty, no control characters.</param>
/// <param name="Item">The source's id of the item; not empty, no control characters.</param>
/// <param name="Rating">A finite number on the source's own scale; 1 and 0 where the source has labels only.</param>
/// <param name="Timestamp">Seconds since 1970-01-01 UTC.</param>
/// <param name="Label">Whether the user liked it, where the source says so; null when that follows from the rating.</param>
public readonly record struct RawRow(string User, string Item, float Rating, long Timestamp, bool? Label = null);
