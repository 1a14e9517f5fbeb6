namespace ThinkRec.Data.Audit;

/// <summary>Says where in a prepared dataset's files rows, users and items stand.</summary>
internal sealed class Places(Dataset dataset)
{
    private const int FirstLine = 2;    // below the header

    public AuditExample OfRow(int row, string detail) => new(
        dataset.Name + ".inter", row + FirstLine, row, dataset.Users[dataset.Interactions[row].User], dataset.Items[dataset.Interactions[row].Item], detail);

    public AuditExample OfUser(int user, string detail) => new(dataset.Name + ".user", user - 1 + FirstLine, null, dataset.Users[user], null, detail);

    public AuditExample OfItem(int item, string detail) => new(dataset.Name + ".item", item - 1 + FirstLine, null, null, dataset.Items[item], detail);

    public string LineOf(int row) => $"{dataset.Name}.inter:{row + FirstLine}";

    public static string NameOf(Split split) => split.ToString().ToLowerInvariant();
}
