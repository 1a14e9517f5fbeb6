using System.Runtime.CompilerServices;
using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

/// <summary>One case of tools/parity/record_nn.py.</summary>
internal sealed class Recorded(SafetensorsFile file, string name)
{
    internal WeightPath Weights => new(new FileWeights(file), name);

    internal static SafetensorsFile Open(string fixture, [CallerFilePath] string source = "") =>
        SafetensorsFile.Open(Path.Combine(Path.GetDirectoryName(source)!, "Fixtures", fixture + ".safetensors"));

    internal Tensor Read(string key) => file.Read($"{name}/{key}");

    /// <summary>An input, watched when its gradient is on record.</summary>
    internal Tensor Input(string key)
    {
        Tensor input = Read($"in.{key}");
        input.RequiresGrad = file.Contains($"{name}/grad.{key}");
        return input;
    }

    /// <summary>Compares the result, then the gradients of inputs and parameters; every recorded gradient must be compared.</summary>
    internal void Check(Tensor output, IEnumerable<Parameter> parameters, params (string Key, Tensor Value)[] inputs)
    {
        Tolerance.Forward.AssertClose(Read("out"), output, name);
        output.Mul(Read("cotangent")).Sum().Backward();
        var leaves = parameters.Select(p => (Key: p.Key[(name.Length + 1)..], p.Value)).Concat(inputs.Select(i => (i.Key, i.Value)))
            .Where(leaf => file.Contains($"{name}/grad.{leaf.Key}")).ToArray();
        Assert.Equal(file.Keys.Count(k => k.StartsWith($"{name}/grad.", StringComparison.Ordinal)), leaves.Length);
        foreach ((string key, Tensor value) in leaves)
        {
            Tolerance.Gradient.AssertClose(Read($"grad.{key}"), value.Grad()!, $"{name} gradient of {key}");
        }
    }
}
