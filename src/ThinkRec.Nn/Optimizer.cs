using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>Changes parameters by their gradients, and keeps what it must remember between steps.</summary>
public abstract class Optimizer : IDisposable
{
    /// <summary>Takes note of the parameters.</summary>
    /// <param name="parameters">Borrowed; each once.</param>
    protected Optimizer(IReadOnlyList<Parameter> parameters)
    {
        if (parameters.Distinct().Count() is int distinct && distinct < parameters.Count)
        {
            throw new ArgumentException($"The optimizer got {parameters.Count} parameters but only {distinct} different ones. Give each once.");
        }

        Parameters = [.. parameters];
    }

    /// <summary>The parameters that it changes.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Applies the gradients gathered so far; parameters without one stay as they are.</summary>
    /// <param name="learningRate">Step size.</param>
    public abstract void Step(double learningRate);

    /// <summary>What must be saved to go on as if never stopped.</summary>
    /// <returns>Keys, different for each parameter, and values; counts are made in the scope that is open, the rest is borrowed.</returns>
    public abstract IEnumerable<(string Key, Tensor Value)> State();

    /// <summary>Puts a saved state back.</summary>
    /// <param name="file">The file that holds what <see cref="State"/> gave.</param>
    /// <param name="prefix">Put before every key in the file.</param>
    /// <exception cref="CheckpointException">Something is missing or has another shape; the state may then be half loaded.</exception>
    public abstract void LoadState(SafetensorsFile file, string prefix);

    /// <summary>Forgets the gradients.</summary>
    public void ZeroGrad()
    {
        foreach (Parameter parameter in Parameters)
        {
            parameter.Value.SetGrad(null);
            parameter.RowGradient = null;
        }
    }

    /// <summary>Saved state needs keys that differ.</summary>
    /// <exception cref="InvalidOperationException">Two parameters have one key.</exception>
    protected void RequireDistinctKeys()
    {
        string? twice = Parameters.GroupBy(p => p.Key).FirstOrDefault(g => g.Count() > 1)?.Key;
        if (twice != null)
        {
            throw new InvalidOperationException($"Two parameters of the optimizer have the key '{twice}', so their state cannot be saved. Give adapters that are trained together paths of their own.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the state.</summary>
    /// <param name="disposing">True when called by <see cref="Dispose()"/>.</param>
    protected abstract void Dispose(bool disposing);
}
