using System.Runtime.CompilerServices;

namespace ThinkRec.TestKit;

/// <summary>Finds the checkout, and the public data that may lie beside it.</summary>
public static class Repository
{
    /// <summary>Absolute path of the checkout.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Source())!, "..", ".."));

    /// <summary>Path of a file or folder of public data beside the checkout; it need not exist.</summary>
    /// <param name="name">A path below the data folder, such as <c>ml-1m/movies.dat</c>.</param>
    /// <returns>The absolute path. THINKREC_TEST_DATA overrides the folder.</returns>
    public static string Data(string name) => Path.Combine(
        Environment.GetEnvironmentVariable("THINKREC_TEST_DATA") ?? Path.Combine(Root, "..", "shared", "data"), name);

    /// <summary>Whether a piece of public data is there; tests that need it skip with this reason otherwise.</summary>
    /// <param name="name">A path below the data folder.</param>
    /// <returns>True when it exists.</returns>
    public static bool HasData(string name) => Path.Exists(Data(name));

    private static string Source([CallerFilePath] string path = "") => path;
}
