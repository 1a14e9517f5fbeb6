using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using ThinkRec.TestKit;

namespace ThinkRec.Architecture.Tests;

public sealed partial class SourceRuleTests
{
    private const int MaxFileLines = 400;
    private const int MaxMethodLines = 60;
    private const long MaxTrackedBytes = 1 << 20;

    [Fact]
    public void No_source_file_is_longer_than_400_lines()
    {
        var longer = Sources.Below("src", ".cs").Concat(Sources.Below("native", ".cpp", ".h", ".txt"))
            .Select(path => (path, lines: Sources.Read(path).Count(c => c == '\n')))
            .Where(file => file.lines > MaxFileLines);

        Assert.Empty(longer);
    }

    [Fact]
    public void No_method_is_longer_than_60_lines()
    {
        var longer =
            from path in Sources.CSharp("src")
            from method in CodeText.Methods(Sources.Read(path))
            where method.Length > MaxMethodLines
            select $"{path}:{method.Line}: {method.Length} lines: {method.Heading}";

        Assert.Empty(longer);
    }

    [Fact]
    public void Only_the_engine_declares_native_functions() =>
        Assert.Empty(Matches("src", "ThinkRec.Torch", NativeImport()));

    [Fact]
    public void Only_the_command_line_writes_to_the_console() =>
        Assert.Empty(Matches("src", "ThinkRec.Cli", ConsoleUse()));

    [Fact]
    public void Nothing_is_left_to_do_in_the_sources() => Assert.Empty(
        from path in Sources.CSharp("src")
        where Unfinished().IsMatch(Sources.Read(path))
        select path);

    [Fact]
    public void No_tracked_file_is_larger_than_one_megabyte()
    {
        IReadOnlyList<string>? tracked = Sources.Tracked();
        Assert.SkipWhen(tracked is null, "this is no git checkout");

        Assert.Empty(tracked.Select(path => new FileInfo(Path.Combine(Repository.Root, path)))
            .Where(file => file.Exists && file.Length > MaxTrackedBytes).Select(file => file.FullName));
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public void Launchers_can_be_run()
    {
        Assert.All(
            ["thinkrec", "test", ".ci/run", "eng/bootstrap.sh"],
            path => Assert.True(File.GetUnixFileMode(Path.Combine(Repository.Root, path)).HasFlag(UnixFileMode.UserExecute)));
    }

    [Fact]
    public void The_method_scan_sees_methods_and_not_types_properties_or_literals()
    {
        const string Code = """
            namespace N;
            // void Comment() {
            public sealed class C(int x) : B(x)
            {
                private readonly string _s = "{ void NotHere() {";
                public int P { get { return 1; } }
                public void Long(int a, char c = '{')
                {
                    if (a > 0)
                    {
                        Call($"{a} and {{ \" ");
                    }
                }
                private record struct R(int Y)
                {
                    public int Short() { return Y; }
                }
            }
            """;

        var methods = CodeText.Methods(Code).Select(method => (method.Line, method.Length)).Order();

        Assert.Equal([(8, 6), (16, 1)], methods);
    }

    private static IEnumerable<string> Matches(string folder, string allowedProject, Regex forbidden) =>
        from path in Sources.CSharp(folder)
        where !path.StartsWith($"{folder}/{allowedProject}/", StringComparison.Ordinal)
        where forbidden.IsMatch(CodeText.CodeOnly(Sources.Read(path)))
        select path;

    [GeneratedRegex(@"\b(LibraryImport|DllImport)\b")]
    private static partial Regex NativeImport();

    [GeneratedRegex(@"\b(Console\.(Write|Out|Error|In|Read)|AnsiConsole)\b|\bConsole\.(WriteLine|ReadLine)")]
    private static partial Regex ConsoleUse();

    [GeneratedRegex(@"\bTODO\b|\bNotImplementedException\b")]
    private static partial Regex Unfinished();
}
