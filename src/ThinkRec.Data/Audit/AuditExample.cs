namespace ThinkRec.Data.Audit;

/// <summary>One place where a finding shows.</summary>
/// <param name="File">The file of the dataset's folder.</param>
/// <param name="Line">Line number in it from 1, the header included.</param>
/// <param name="Row">Row number of an interaction from 0; null for a user or an item.</param>
/// <param name="User">The user's id as the source spells it; null for an item.</param>
/// <param name="Item">The item's id as the source spells it; null for a user.</param>
/// <param name="Detail">What is the matter there.</param>
public sealed record AuditExample(string File, int Line, int? Row, string? User, string? Item, string Detail);
