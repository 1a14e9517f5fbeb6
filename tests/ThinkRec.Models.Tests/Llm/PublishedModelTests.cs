using System.Globalization;
using System.Text.RegularExpressions;
using ThinkRec.Models.Llm;
using ThinkRec.Nn;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Llm;

/// <summary>Keys, shapes and numbers of parameters of published models, from their configs and without weights; the lists are of tools/parity/list_published.py.</summary>
public sealed partial class PublishedModelTests : TensorTest
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "ThinkRec.Models.Tests", "Golden");

    public static TheoryData<string> Models => [.. Directory.EnumerateFiles(Path.Combine(Folder, "Configs")).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Models))]
    public void A_published_model_has_these_weights(string name)
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(Folder, "Configs", name + ".json"), folder.File(LlamaConfig.FileName));
        var config = LlamaConfig.Load(folder.FullPath);
        using var scope = TensorScope.Begin();
        var asked = new Weightless();
        using (new LlamaModel(new WeightPath(asked), config))
        {
            string[] lines = [.. asked.Shapes.Where(w => !Layer().IsMatch(w) || Layer().Match(w).Groups[1].Value == "0").Select(w => Layer().Replace(w, "model.layers.*.")).Order(StringComparer.Ordinal)];

            string[] found = [$"parameters {LlamaWeight.Count(config)}", $"layers {config.NumHiddenLayers}", .. lines];
            Assert.Equal(File.ReadAllLines(Path.Combine(Folder, name + ".golden.txt")), found);
            Assert.Equal(asked.Shapes, LlamaWeight.All(config).Select(Weightless.Show));
            Assert.All(asked.Shapes.Where(w => Layer().IsMatch(w)).GroupBy(w => int.Parse(Layer().Match(w).Groups[1].Value, CultureInfo.InvariantCulture)), layer =>
                Assert.Equal(lines.Count(line => line.Contains(".*.", StringComparison.Ordinal)), layer.Count()));
        }
    }

    [Theory]
    [InlineData("Mistral-7B-v0.1", 32, 4096)]
    [InlineData("Mistral-7B-v0.3", 0, 0)]
    [InlineData("Qwen2.5-7B", 0, 0)]
    public void Windows_are_where_the_config_puts_them(string name, int layers, int length)
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(Folder, "Configs", name + ".json"), folder.File(LlamaConfig.FileName));

        Assert.Equal(layers == 0 ? ((int, int)?)null : (layers, length), LlamaConfig.Load(folder.FullPath).Windows);
    }

    [GeneratedRegex(@"^model\.layers\.(\d+)\.")]
    private static partial Regex Layer();

    /// <summary>Gives tensors that hold one element, whatever their shape.</summary>
    private sealed class Weightless : WeightSource
    {
        internal List<string> Shapes { get; } = [];

        internal static string Show(LlamaWeight weight) => $"{weight.Key} [{string.Join(", ", weight.Shape)}]";

        public override Tensor Get(string key, long[] shape, Init init)
        {
            Shapes.Add($"{key} [{string.Join(", ", shape)}]");
            using var scope = TensorScope.Begin();
            return Tensor.Zeros([.. shape.Select(_ => 1L)]).Expand(shape).Own();
        }
    }
}
