using System.Security.Cryptography;
using System.Text.Json;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests.Support;

/// <summary>Numbers recorded by a script under tools/parity.</summary>
internal sealed class Recording : IDisposable
{
    private readonly string _path;

    /// <summary>Opens a record.</summary>
    /// <param name="project">Test project that has it.</param>
    /// <param name="name">File name without ending.</param>
    public Recording(string project, string name)
    {
        _path = Path.Combine(Repository.Root, "tests", project, "Fixtures", name);
        File = SafetensorsFile.Open(_path + ".safetensors");
    }

    public SafetensorsFile File { get; }

    public JsonElement Manifest => JsonDocument.Parse(System.IO.File.ReadAllText(_path + ".json")).RootElement;

    public Tensor this[string key] => File.Read(key);

    /// <summary>A recorded input that collects a gradient.</summary>
    /// <param name="key">Its key.</param>
    /// <returns>The tensor, in the current scope.</returns>
    public Tensor Leaf(string key)
    {
        Tensor tensor = File.Read(key);
        tensor.RequiresGrad = tensor.DType == DType.Float32;
        return tensor;
    }

    /// <summary>Compares an output with the record, sends the recorded gradient back and compares every recorded gradient.</summary>
    /// <param name="name">Case of the record.</param>
    /// <param name="output">What was computed.</param>
    /// <param name="leaves">Inputs and weights by the name they have in the record.</param>
    public void Check(string name, Tensor output, params (string Name, Tensor Value)[] leaves)
    {
        Close.To(this[$"{name}.y"], output, Tolerance.Layer, $"{name}.y");
        (output * this[$"{name}.g"]).Sum().Backward();
        foreach ((string leaf, Tensor value) in leaves)
        {
            Tensor grad = value.Grad() ?? throw new InvalidOperationException($"{name}.{leaf} got no gradient.");
            Close.To(this[$"{name}.{leaf}.grad"], grad, Tolerance.Layer, $"{name}.{leaf}.grad");
        }

        int recorded = File.Keys.Count(k => k.StartsWith($"{name}.", StringComparison.Ordinal) && k.EndsWith(".grad", StringComparison.Ordinal));
        Assert.Equal(recorded, leaves.Length);
    }

    /// <summary>The record must have been made by the scripts in the tree.</summary>
    public void AssertScriptsUnchanged() => Assert.All(Manifest.GetProperty("script_sha256").EnumerateObject(), script =>
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(System.IO.File.ReadAllBytes(Path.Combine(Repository.Root, "tools", "parity", script.Name)))),
            script.Value.GetString()));

    public void Dispose() => File.Dispose();
}
