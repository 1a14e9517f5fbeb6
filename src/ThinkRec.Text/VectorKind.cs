namespace ThinkRec.Text;

/// <summary>What a placeholder in a prompt stands for.</summary>
public enum VectorKind
{
    /// <summary>The collaborative vector of a user.</summary>
    User,

    /// <summary>The collaborative vector of an item.</summary>
    Item,
}
