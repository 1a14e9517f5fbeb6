using System.Globalization;
using System.Text.RegularExpressions;

namespace ThinkRec.Torch;

/// <summary>A device has no memory left for a tensor; the text names the operator, its arguments, how much was asked for and what to do.</summary>
public sealed partial class TensorMemoryException : Exception
{
    private const string Remedy = "Lower the batch size or the lengths of prompts and histories, or end other programs that hold memory.";

    /// <summary>Creates an exception with a text and its cause.</summary>
    /// <param name="message">What was done, how much was asked for, what to do.</param>
    /// <param name="innerException">The cause; null where libtorch itself refused.</param>
    public TensorMemoryException(string message, Exception? innerException = null) : base(message, innerException) { }

    /// <summary>What libtorch's refusal of a call means: no memory, or something else.</summary>
    /// <param name="call">What was done to which tensors.</param>
    /// <param name="reason">libtorch's own words.</param>
    /// <returns>The exception to throw.</returns>
    public static Exception Of(string call, string reason)
    {
        if (!Refusal().IsMatch(reason))
        {
            return new TorchException($"{call}: {reason}");
        }

        string device = reason.Contains("CUDA", StringComparison.OrdinalIgnoreCase) ? "GPU" : "main";
        string asked = Asked().Match(reason) is { Success: true } found ? $" for {Size(found)} more" : "";
        return new TensorMemoryException($"{call}: there is not enough {device} memory{asked}. {Remedy}");
    }

    // c10's CPU allocator, the CUDA allocator (capitals since 2.0), operator new, and the CUDA runtime.
    [GeneratedRegex(@"not enough memory|can't allocate memory|out of memory|ALLOC_FAILED|std::bad_alloc", RegexOptions.IgnoreCase)]
    private static partial Regex Refusal();

    [GeneratedRegex(@"tried to allocate (?<count>[0-9.]+) (?<unit>bytes|[KMGT]iB)", RegexOptions.IgnoreCase)]
    private static partial Regex Asked();

    private static string Size(Match asked) => asked.Groups["unit"].Value != "bytes" || !double.TryParse(asked.Groups["count"].ValueSpan, CultureInfo.InvariantCulture, out double bytes)
        ? $"{asked.Groups["count"].Value} {asked.Groups["unit"].Value}"
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 20):0.0} MiB");
}
