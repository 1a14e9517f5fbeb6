using System.Globalization;

namespace ThinkRec.Files;

/// <summary>A disk has no room for what was to be written; the text says what, how much it needs, how much is free and what to do.</summary>
public sealed class DiskFullException : IOException
{
    private const int NoSpace = 28; // ENOSPC
    private const int Quota = 122; // EDQUOT
    private const int DiskFull = unchecked((int)0x80070070);

    /// <summary>Creates an exception with a text and its cause.</summary>
    /// <param name="message">What was to be written, how much room it needs, what to do.</param>
    /// <param name="innerException">The cause.</param>
    public DiskFullException(string message, Exception innerException) : base(message, innerException) { }

    /// <summary>Whether an error of a write says that there is no room: the disk is full, a quota is used up, or files there must be smaller.</summary>
    /// <param name="exception">The error.</param>
    /// <returns>True when it does.</returns>
    public static bool IsMeantBy(Exception exception) =>
        exception is DiskFullException or IOException { HResult: NoSpace or Quota or DiskFull } || IsFileTooLarge(exception);

    /// <summary>Reports a write that found no room.</summary>
    /// <param name="path">What was to be written.</param>
    /// <param name="bytes">How large it is, as far as that is known.</param>
    /// <param name="cause">The error, of which <see cref="IsMeantBy"/> is true.</param>
    /// <returns>The exception to throw.</returns>
    internal static DiskFullException Of(string path, long bytes, Exception cause)
    {
        string needed = $"it needs {Size(bytes)}";
        return new DiskFullException(
            IsFileTooLarge(cause)
                ? $"{path} was not written: {needed}, and files may not be so large there. Raise the limit (ulimit -f), or write to another disk."
                : $"{path} was not written: the disk is full; {needed}{Free(path)}. Free some space, or write to another disk.",
            cause);
    }

    // How the framework reports EFBIG, which a limit of the system or of the process gives.
    private static bool IsFileTooLarge(Exception exception) => exception is ArgumentOutOfRangeException && exception.TargetSite?.DeclaringType == typeof(RandomAccess);

    private static string Free(string path)
    {
        try
        {
            return $", and {Size(new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(path))!).AvailableFreeSpace)} are free";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return "";
        }
    }

    private static string Size(long bytes) => bytes < 1 << 20
        ? $"{(bytes + 1023) / 1024} KiB"
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):0.0} MiB");
}
