using System.Text;

namespace ThinkRec.Files;

/// <summary>Writes whole files so that a reader sees the old content or the new one, never a part.</summary>
public static class AtomicFile
{
    /// <summary>UTF-8 without a byte-order mark that refuses bytes which are not UTF-8.</summary>
    public static Encoding Utf8 { get; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Writes a temporary file beside the target, flushes it to disk and renames it.</summary>
    /// <param name="path">The target; an existing file is replaced.</param>
    /// <param name="write">Writes the content; when it throws, the target is untouched.</param>
    /// <param name="bytes">How large the content will be, for the message when there is no room; 0 where that is not known.</param>
    /// <exception cref="DiskFullException">There is no room.</exception>
    public static void Write(string path, Action<Stream> write, long bytes = 0)
    {
        ArgumentNullException.ThrowIfNull(write);
        string temporary = $"{path}.{Environment.ProcessId}{Leftovers.FileSuffix}";
        long written = 0;
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write))
            {
                try
                {
                    write(stream);
                    stream.Flush(flushToDisk: true);
                }
                catch
                {
                    written = stream.Position;
                    throw;
                }
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception exception)
        {
            File.Delete(temporary);
            if (DiskFullException.IsMeantBy(exception))
            {
                throw DiskFullException.Of(path, Math.Max(bytes, written), exception);
            }

            throw;
        }
    }

    /// <summary>Writes a UTF-8 text.</summary>
    /// <param name="path">The target; an existing file is replaced.</param>
    /// <param name="text">The content.</param>
    public static void WriteAllText(string path, string text)
    {
        byte[] content = Utf8.GetBytes(text);
        Write(path, stream => stream.Write(content), content.Length);
    }

    /// <summary>Writes lines of UTF-8 text, each ended by a line feed.</summary>
    /// <param name="path">The target; an existing file is replaced.</param>
    /// <param name="lines">The lines without line ends.</param>
    public static void WriteLines(string path, IEnumerable<string> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, Utf8, leaveOpen: true) { NewLine = "\n" };
            foreach (var line in lines)
            {
                writer.WriteLine(line);
            }
        });
    }
}
