using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Named tensors in one or several files, checked when they are opened and read one at a time.</summary>
public interface ITensorStore : IDisposable
{
    /// <summary>The file or folder, as it was asked for; names the store in messages.</summary>
    string Path { get; }

    /// <summary>Names of the tensors.</summary>
    IReadOnlyCollection<string> Keys { get; }

    /// <summary>Whether there is such a tensor.</summary>
    /// <param name="key">Its name.</param>
    /// <returns>True when there is.</returns>
    bool Contains(string key);

    /// <summary>Type and shape of a tensor.</summary>
    /// <param name="key">Its name.</param>
    /// <returns>Both.</returns>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    TensorInfo Describe(string key);

    /// <summary>Copies a tensor straight to where it is needed; of a large one, only a piece is in main memory at a time beside the result.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="dtype">Element type of the result; null keeps the file's.</param>
    /// <param name="device">Where the result lies.</param>
    /// <param name="requireFinite">Refuses infinities and not-a-numbers.</param>
    /// <returns>The tensor, in the current scope.</returns>
    /// <exception cref="CheckpointException">There is no such tensor, or it has elements that its type, the result's or the caller does not allow.</exception>
    Tensor Read(string key, DType? dtype, Device device, bool requireFinite);
}
