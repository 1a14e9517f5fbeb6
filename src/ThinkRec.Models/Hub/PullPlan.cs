namespace ThinkRec.Models.Hub;

/// <summary>What will be got, told before it is.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="Commit">The commit that its revision was when it was first asked for.</param>
/// <param name="Licence">The licence as the model's card names it; null where it names none.</param>
/// <param name="Files">The files, in the order in which they come.</param>
/// <param name="LeftOut">Files of the repository's top folder that are not taken.</param>
/// <param name="MissingBytes">What is not there yet.</param>
/// <param name="FreeBytes">What may still be written.</param>
public sealed record PullPlan(ModelRepository Repository, string Commit, string? Licence, IReadOnlyList<HubFile> Files, IReadOnlyList<string> LeftOut, long MissingBytes, long FreeBytes)
{
    /// <summary>Bytes of all files.</summary>
    public long Bytes => Files.Sum(file => file.Bytes);
}
