namespace ThinkRec.Training.Stages;

/// <summary>
/// Bytes by key, in memory up to a bound, then in a file up to another. What no longer fits is not kept: all are read equally often, so that pushing
/// some out for others would gain nothing. The file is a scratch one: nothing of it outlives the process.
/// </summary>
internal sealed class StateStore : IDisposable
{
    private readonly Dictionary<UInt128, byte[]> _memory = [];
    private readonly Dictionary<UInt128, (long Offset, int Length)> _places = [];
    private readonly long _memoryBytes;
    private readonly long _diskBytes;
    private readonly string _path;
    private FileStream? _file;
    private bool _isDiskFull;

    /// <summary>Makes an empty store; the file comes with its first entry.</summary>
    /// <param name="memoryBytes">Bytes in memory, at most.</param>
    /// <param name="diskBytes">Bytes in the file, at most.</param>
    /// <param name="path">The file; its folder is made when needed.</param>
    internal StateStore(long memoryBytes, long diskBytes, string path)
    {
        _memoryBytes = memoryBytes;
        _diskBytes = diskBytes;
        _path = path;
    }

    /// <summary>Bytes kept in memory and in the file.</summary>
    internal (long Memory, long Disk) Kept { get; private set; }

    /// <summary>Looks an entry up.</summary>
    /// <param name="key">Its key.</param>
    /// <returns>Its bytes, not to be changed; null where there is none.</returns>
    internal byte[]? Find(UInt128 key)
    {
        if (_memory.TryGetValue(key, out byte[]? bytes))
        {
            return bytes;
        }

        if (!_places.TryGetValue(key, out (long Offset, int Length) place))
        {
            return null;
        }

        bytes = new byte[place.Length];
        _file!.Position = place.Offset;
        _file.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Keeps an entry where there is room.</summary>
    /// <param name="key">Its key, a new one.</param>
    /// <param name="bytes">Its bytes, which must not change from now on.</param>
    internal void Add(UInt128 key, byte[] bytes)
    {
        if (Kept.Memory + bytes.Length <= _memoryBytes)
        {
            _memory.Add(key, bytes);
            Kept = (Kept.Memory + bytes.Length, Kept.Disk);
        }
        else if (!_isDiskFull && Kept.Disk + bytes.Length <= _diskBytes)
        {
            Write(key, bytes);
        }
    }

    /// <summary>Forgets all.</summary>
    internal void Clear()
    {
        _memory.Clear();
        _places.Clear();
        _file?.SetLength(0);
        Kept = default;
    }

    public void Dispose() => _file?.Dispose();

    // A disk that is full ends the keeping, not the training: what is not kept is computed again.
    private void Write(UInt128 key, byte[] bytes)
    {
        try
        {
            if (_file is null)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
                _file = new FileStream(_path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
            }

            _file.Position = Kept.Disk;
            _file.Write(bytes);
            _file.Flush();
            _places.Add(key, (Kept.Disk, bytes.Length));
            Kept = (Kept.Memory, Kept.Disk + bytes.Length);
        }
        catch (IOException)
        {
            _isDiskFull = true;
        }
    }
}
