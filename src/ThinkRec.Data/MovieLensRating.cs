namespace ThinkRec.Data;

/// <summary>A line of ratings.dat.</summary>
/// <param name="User">UserID.</param>
/// <param name="Movie">MovieID.</param>
/// <param name="Rating">1 to 5.</param>
/// <param name="Timestamp">Seconds since 1970-01-01 UTC.</param>
public readonly record struct MovieLensRating(int User, int Movie, int Rating, long Timestamp);
