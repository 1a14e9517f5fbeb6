using ThinkRec.Models.Llm;
using ThinkRec.Nn;
using ThinkRec.Torch;

namespace ThinkRec.Bench.Llm;

/// <summary>Makes a model of random weights once, for both sides.</summary>
internal static class Weights
{
    private const string FileName = "model.safetensors";

    /// <summary>Writes config.json and model.safetensors.</summary>
    /// <param name="shape">Name of a shape.</param>
    /// <param name="folder">Target; made when missing.</param>
    /// <returns>The exit status.</returns>
    internal static int Write(string shape, string folder)
    {
        LlamaConfig config = Shapes.Of(shape);
        Directory.CreateDirectory(folder);
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var model = new LlamaModel(new WeightPath(new FreshWeights(generator)), config);
        SafetensorsWriter.Write(Path.Combine(folder, FileName), model.Parameters().Select(p => (p.Key, p.Value)));
        config.Save(folder);
        return 0;
    }

    /// <summary>Loads the model.</summary>
    /// <param name="shape">Name of a shape.</param>
    /// <param name="folder">Where it was written.</param>
    /// <returns>The model, frozen.</returns>
    internal static LlamaModel Load(string shape, string folder)
    {
        using var file = SafetensorsFile.Open(Path.Combine(folder, FileName));
        var model = new LlamaModel(new WeightPath(new FileWeights(file)), Shapes.Of(shape));
        foreach (Parameter parameter in model.Parameters())
        {
            parameter.Trainable = false;
        }

        return model;
    }
}
