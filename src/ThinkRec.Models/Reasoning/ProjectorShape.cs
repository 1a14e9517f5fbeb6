namespace ThinkRec.Models.Reasoning;

/// <summary>What maps a collaborative vector into the prompt.</summary>
public enum ProjectorShape
{
    /// <summary>Two layers, and beside them a straight path that begins at the encoder's own answer; an item comes with its product with the user.</summary>
    Full,

    /// <summary>Two layers of the vector alone, as in the paper.</summary>
    Mlp,

    /// <summary>One matrix without bias, of the vector alone; of constant vectors it is a table of soft prompts.</summary>
    Linear,
}
