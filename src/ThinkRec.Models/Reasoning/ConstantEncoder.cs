using ThinkRec.Torch;

namespace ThinkRec.Models.Reasoning;

/// <summary>One vector for every user and another for every item: what a linear projector makes of them are soft prompts.</summary>
/// <remarks>Source: Prompt4NR as the ThinkRec authors run it (rec_base_models.py:24-37): two one-hot vectors.</remarks>
public sealed class ConstantEncoder : ICollaborativeEncoder
{
    private static readonly float[] User = [1, 0];
    private static readonly float[] Item = [0, 1];

    /// <inheritdoc/>
    public string Name => "constant";

    /// <inheritdoc/>
    public int VectorSize => User.Length;

    /// <inheritdoc/>
    public int HistoryLength => 0;

    /// <inheritdoc/>
    public Tensor UserVectors(IReadOnlyList<UserState> states) => Repeat(User, states.Count);

    /// <inheritdoc/>
    public Tensor ItemVectors(IReadOnlyList<int> items) => Repeat(Item, items.Count);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static Tensor Repeat(float[] vector, int count) => Tensor.From([.. Enumerable.Repeat(vector, count).SelectMany(v => v)], count, vector.Length);
}
