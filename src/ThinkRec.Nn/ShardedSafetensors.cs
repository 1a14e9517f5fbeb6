using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Several safetensors files that an index joins to one model. All are opened and checked, index against files, before anything is read.</summary>
public sealed class ShardedSafetensors : ITensorStore
{
    private readonly Dictionary<string, SafetensorsFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SafetensorsFile> _places = new(StringComparer.Ordinal);

    private ShardedSafetensors(string path) => Path = path;

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Keys => _places.Keys;

    /// <summary>The files, by name.</summary>
    public IEnumerable<SafetensorsFile> Files => _files.OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => file.Value);

    /// <summary>Opens an index and every file that it names.</summary>
    /// <param name="path">The index; the files lie beside it.</param>
    /// <returns>The store, which the caller disposes.</returns>
    /// <exception cref="CheckpointException">The index or a file is missing or damaged, or they contradict each other.</exception>
    public static ShardedSafetensors Open(string path)
    {
        Dictionary<string, string> map = SafetensorsIndex.Read(path);
        var store = new ShardedSafetensors(path);
        try
        {
            store.OpenFiles(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!, [.. map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
            store.Check(map);
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool Contains(string key) => _places.ContainsKey(key);

    /// <inheritdoc/>
    public TensorInfo Describe(string key) => FileOf(key).Describe(key);

    /// <inheritdoc/>
    public Tensor Read(string key, DType? dtype, Device device, bool requireFinite) => FileOf(key).Read(key, dtype, device, requireFinite);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SafetensorsFile file in _files.Values)
        {
            file.Dispose();
        }
    }

    private SafetensorsFile FileOf(string key) => _places.TryGetValue(key, out SafetensorsFile? file) ? file
        : throw new CheckpointException($"Weight '{key}' is not in {Path} ({Keys.Count} tensors in {_files.Count} files).");

    private void OpenFiles(string folder, string[] names)
    {
        string[] missing = [.. names.Where(name => !File.Exists(System.IO.Path.Combine(folder, name)))];
        if (missing.Length > 0)
        {
            throw new CheckpointException($"{Path} names {names.Length} files, of which {missing.Length} are not there, the first: {missing[0]}. Fetch the model again.");
        }

        foreach (string name in names)
        {
            _files.Add(name, SafetensorsFile.Open(System.IO.Path.Combine(folder, name)));
        }
    }

    /// <summary>Every tensor must lie where the index says and nowhere else; one that the index does not list is kept.</summary>
    private void Check(Dictionary<string, string> map)
    {
        foreach ((string name, SafetensorsFile file) in _files)
        {
            foreach (string key in file.Keys)
            {
                if (map.TryGetValue(key, out string? listed) && listed != name)
                {
                    string also = _files[listed].Contains(key) ? "in both" : $"not in {listed}";
                    throw new CheckpointException($"{Path}: tensor '{key}' is listed in {listed} but {name} has one of that name; it is {also}. Fetch the model again.");
                }

                if (!_places.TryAdd(key, file))
                {
                    throw new CheckpointException($"{Path}: tensor '{key}' is in {System.IO.Path.GetFileName(_places[key].Path)} and in {name}. Fetch the model again.");
                }
            }
        }

        if (map.Keys.FirstOrDefault(key => !_places.ContainsKey(key)) is string lost)
        {
            throw new CheckpointException($"{Path}: tensor '{lost}' is listed in {map[lost]} but is not there. Fetch the model again.");
        }
    }
}
