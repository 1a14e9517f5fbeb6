using System.Diagnostics;
using System.Xml.Linq;
using ThinkRec.TestKit;

namespace ThinkRec.Architecture.Tests;

/// <summary>The files of the checkout that the rules are about.</summary>
internal static class Sources
{
    /// <summary>Every C# file below a folder of the checkout, as paths relative to the root.</summary>
    public static IEnumerable<string> CSharp(string folder) => Below(folder, ".cs");

    /// <summary>Every file below a folder that ends in one of the suffixes, as paths relative to the root.</summary>
    public static IEnumerable<string> Below(string folder, params string[] suffixes)
    {
        string full = Path.Combine(Repository.Root, folder);
        return Directory.Exists(full)
            ? Directory.EnumerateFiles(full, "*", SearchOption.AllDirectories)
                .Where(path => suffixes.Any(suffix => path.EndsWith(suffix, StringComparison.Ordinal)))
                .Select(path => Path.GetRelativePath(Repository.Root, path))
                .Where(path => !path.Split('/').Any(part => part is "bin" or "obj" or "build"))
                .Order(StringComparer.Ordinal)
            : [];
    }

    /// <summary>The text of a file given by its path relative to the root.</summary>
    public static string Read(string path) => File.ReadAllText(Path.Combine(Repository.Root, path));

    /// <summary>The projects directly below src or tests: name and parsed project file.</summary>
    public static IEnumerable<(string Name, XElement Project)> Projects(string folder) =>
        Below(folder, ".csproj").Select(path => (Path.GetFileNameWithoutExtension(path), XElement.Parse(Read(path))));

    /// <summary>The names of the projects that a project file references.</summary>
    public static IEnumerable<string> References(XElement project) => project.Descendants("ProjectReference")
        .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));

    /// <summary>Paths of the files git tracks, or null where this is no git checkout.</summary>
    public static IReadOnlyList<string>? Tracked()
    {
        if (!Path.Exists(Path.Combine(Repository.Root, ".git")))
        {
            return null;
        }

        var start = new ProcessStartInfo("git", ["ls-files", "-z"])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
        };
        using Process git = Process.Start(start)!;
        string output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        return output.Split('\0', StringSplitOptions.RemoveEmptyEntries);
    }
}
