namespace ThinkRec.Nn;

/// <summary>A part of a network. Parameters and children are named by hand in the constructor, never found by reflection.</summary>
public abstract class Module : IDisposable
{
    private readonly List<Parameter> _own = [];
    private readonly List<Module> _children = [];

    /// <summary>Whether dropout acts.</summary>
    public bool IsTraining { get; private set; }

    /// <summary>Parameters of this module, then of its children, each once.</summary>
    /// <returns>In the order of their making.</returns>
    public IEnumerable<Parameter> Parameters() => _own.Concat(_children.SelectMany(c => c.Parameters())).Distinct();

    /// <summary>Switches training behaviour here and in all children.</summary>
    /// <param name="on">True for training.</param>
    public void SetTraining(bool on)
    {
        IsTraining = on;
        foreach (Module child in _children)
        {
            child.SetTraining(on);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Registers a parameter.</summary>
    /// <param name="parameter">Owned from now on.</param>
    /// <returns>The same.</returns>
    protected Parameter Add(Parameter parameter)
    {
        _own.Add(parameter);
        return parameter;
    }

    /// <summary>Registers a child.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="child">Owned from now on.</param>
    /// <returns>The same.</returns>
    protected T Add<T>(T child) where T : Module
    {
        _children.Add(child);
        child.SetTraining(IsTraining);
        return child;
    }

    /// <summary>Gives a child back to the caller.</summary>
    /// <param name="child">A registered child.</param>
    protected void Remove(Module child) => _children.Remove(child);

    /// <summary>Frees parameters and children.</summary>
    /// <param name="disposing">False from a finalizer.</param>
    protected virtual void Dispose(bool disposing)
    {
        foreach (Parameter parameter in _own)
        {
            parameter.Dispose();
        }

        foreach (Module child in _children.Distinct())
        {
            child.Dispose();
        }
    }
}
