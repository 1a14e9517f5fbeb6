namespace ThinkRec.TestKit;

/// <summary>A folder of its own for one test, deleted at the end.</summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <summary>Creates the folder under the system's temporary path.</summary>
    public TemporaryFolder() => FullPath = Directory.CreateTempSubdirectory("thinkrec-test-").FullName;

    /// <summary>Absolute path of the folder.</summary>
    public string FullPath { get; }

    /// <summary>Joins a name to the folder's path.</summary>
    /// <param name="name">A relative path.</param>
    /// <returns>The absolute path.</returns>
    public string File(string name) => Path.Combine(FullPath, name);

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(FullPath, recursive: true);
}
