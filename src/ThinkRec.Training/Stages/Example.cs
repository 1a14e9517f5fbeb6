using ThinkRec.Models.Reasoning;

namespace ThinkRec.Training.Stages;

/// <summary>One training example for the language model.</summary>
/// <param name="State">The user before the target.</param>
/// <param name="Item">The target.</param>
/// <param name="Label">Whether the user enjoyed it.</param>
/// <param name="Reason">Why, without the answer word; null for a plain recommendation example.</param>
public readonly record struct Example(UserState State, int Item, bool Label, string? Reason = null);
