using ThinkRec.Torch;

namespace ThinkRec.Nn;

/// <summary>A piece of a network: parameters and smaller pieces, each registered explicitly. It holds no state of requests.</summary>
public abstract class Module : IDisposable
{
    private readonly List<Parameter> _parameters = [];
    private readonly List<Module> _children = [];

    /// <summary>Whether dropout acts. False until <see cref="SetTraining"/> says otherwise.</summary>
    public bool IsTraining { get; private set; }

    /// <summary>Every parameter below this module: own ones first, then those of the children, in the order of registration.</summary>
    /// <returns>The parameters; they stay the module's.</returns>
    public IEnumerable<Parameter> Parameters() => _parameters.Concat(_children.SelectMany(c => c.Parameters()));

    /// <summary>Switches dropout on or off here and below.</summary>
    /// <param name="on">True while training.</param>
    public void SetTraining(bool on)
    {
        IsTraining = on;
        foreach (Module child in _children)
        {
            child.SetTraining(on);
        }
    }

    /// <summary>Moves every parameter. Optimizers must be made afterwards, since their state lies where the parameters lay.</summary>
    /// <param name="device">Where to.</param>
    public void MoveTo(Device device)
    {
        foreach (Parameter parameter in Parameters())
        {
            parameter.MoveTo(device);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Registers a parameter; the module disposes it.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <returns>The same parameter.</returns>
    protected Parameter Add(Parameter parameter)
    {
        _parameters.Add(parameter);
        return parameter;
    }

    /// <summary>Registers a smaller piece; the module disposes it, and it follows this one's training switch.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="child">The piece.</param>
    /// <returns>The same piece.</returns>
    protected T Add<T>(T child) where T : Module
    {
        _children.Add(child);
        child.SetTraining(IsTraining);
        return child;
    }

    /// <summary>Takes a piece out and disposes it.</summary>
    /// <param name="child">A registered piece.</param>
    protected void Remove(Module child)
    {
        _children.Remove(child);
        child.Dispose();
    }

    /// <summary>Frees what the module owns.</summary>
    /// <param name="disposing">True when called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing)
        {
            return;
        }

        _parameters.ForEach(p => p.Dispose());
        _children.ForEach(c => c.Dispose());
    }
}
