using System.Text;
using System.Text.Unicode;

namespace ThinkRec.Text.Formats;

/// <summary>The lines of a UTF-8 file.</summary>
internal static class TextFile
{
    /// <summary>All lines; the last may lack its end, and none is empty because of an end at the end of the file.</summary>
    public static string[] Lines(InputFile file)
    {
        if (!Utf8.IsValid(file.Content))
        {
            throw file.Problem("", "the file is not UTF-8 text.");
        }

        var lines = Encoding.UTF8.GetString(file.Content).Split('\n');
        var count = lines.Length - (lines[^1].Length == 0 ? 1 : 0);
        return [.. lines.Take(count).Select(line => line.TrimEnd('\r'))];
    }
}
