using ThinkRec.Training.Configuration;

namespace ThinkRec.Training.Stages;

/// <summary>Weights of the parts of the loss.</summary>
/// <remarks>Source: ThinkRec eq. (7). The history and prompt terms are ours: they are zero in the paper.</remarks>
public sealed record ObjectiveOptions : IValidated
{
    /// <summary>α: weight of the answer's binary cross-entropy in an example with a reason.</summary>
    public double Alpha { get; init; } = 0.1;

    /// <summary>β: weight of the words' cross-entropy in an example with a reason.</summary>
    public double Beta { get; init; } = 0.9;

    /// <summary>θ: weight of the answer's binary cross-entropy in a plain example.</summary>
    public double Theta { get; init; } = 0.9;

    /// <summary>γ: weight of the answer word's cross-entropy in a plain example.</summary>
    public double Gamma { get; init; } = 0.1;

    /// <summary>Weight of the binary cross-entropy at every history item, each judged from the items before it: many targets for one forward pass.</summary>
    public double History { get; init; }

    /// <summary>Weight of the cross-entropy of the prompt's own words.</summary>
    public double Prompt { get; init; }

    /// <summary>Whether a reason ends with the end token, so that the model learns to stop; it has none in the paper.</summary>
    public bool EndToken { get; init; } = true;

    /// <inheritdoc/>
    public IEnumerable<string> Problems()
    {
        foreach ((string key, double value) in new[]
        {
            ("alpha", Alpha), ("beta", Beta), ("theta", Theta), ("gamma", Gamma), ("history", History), ("prompt", Prompt),
        })
        {
            if (!(value >= 0) || !double.IsFinite(value))
            {
                yield return $"{key} is {value}, expected 0 or more";
            }
        }
    }
}
