namespace ThinkRec.Data.Preparation;

/// <summary>Looks for raw files, plain or gzipped.</summary>
internal static class RawFolder
{
    /// <summary>The first of some files that is there, plain before gzipped.</summary>
    /// <returns>Its path; null when there is none.</returns>
    public static string? Find(string folder, params string[] names) =>
        names.SelectMany(name => new[] { name, name + ".gz" }).Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>The same, for a file that must be there.</summary>
    /// <exception cref="DataFormatException">There is none.</exception>
    public static string Require(string folder, string origin, params string[] names) => Find(folder, names)
        ?? throw new DataFormatException($"{Path.Combine(folder, names[0])}: there is no such file, nor {string.Join(", ", names.Skip(1).Append(names[0] + ".gz"))}. Give the folder with {origin}.");

    /// <summary>A file named in a call: in the raw folder, or as the name stands.</summary>
    /// <returns>The path in the folder, unless only the name as it stands is there.</returns>
    public static string Beside(string folder, string name)
    {
        var inside = Path.Combine(folder, name);
        return !File.Exists(inside) && File.Exists(name) ? name : inside;
    }

    /// <summary>The part of a file's name before its extensions.</summary>
    public static string Stem(string path)
    {
        var name = Path.GetFileName(path);
        name = name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? name[..^".gz".Length] : name;
        return Path.GetFileNameWithoutExtension(name);
    }

    /// <summary>Makes a name that a dataset may have.</summary>
    public static string DatasetName(string text)
    {
        var name = string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '-')).TrimStart('.');
        return name.Length > 0 ? name : "log";
    }
}
