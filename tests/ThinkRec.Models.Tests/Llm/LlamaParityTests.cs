using ThinkRec.Models.Llm;
using ThinkRec.Nn;
using ThinkRec.Nn.Tests.Support;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Llm;

/// <summary>The decoder against the plain PyTorch one of tools/parity/record_llama.py.</summary>
public sealed class LlamaParityTests : TensorTest
{
    private const string Project = "ThinkRec.Models.Tests";

    [Theory]
    [InlineData("llama")]
    [InlineData("llama-tied")]
    public void Logits_loss_and_every_gradient_equal_PyTorch(string name)
    {
        using var record = new Recording(Project, name);
        using var weights = new Recording(Project, $"{name}.weights");
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File(LlamaConfig.FileName), record.Manifest.GetProperty("config").GetRawText());
        using var scope = TensorScope.Begin();
        using var model = new LlamaModel(new WeightPath(new FileWeights(weights.File)), LlamaConfig.Load(folder.FullPath));
        Tensor ids = record["ids"];
        long[] lengths = record["lengths"].ToArray<long>();
        long width = ids.Size(1);

        Tensor logits = model.Logits(model.Forward(model.Embed(ids)));
        long[] asked = [.. lengths.SelectMany((n, row) => Enumerable.Range(0, (int)n - 1).Select(i => (row * width) + i))];
        Tensor predicted = logits.Reshape(-1, logits.Size(2)).IndexSelect(0, Tensor.From(asked, asked.Length));
        Tensor targets = ids.Reshape(-1).IndexSelect(0, Tensor.From([.. asked.Select(a => a + 1)], asked.Length));
        Tensor loss = Losses.TokenCrossEntropy(predicted, targets);
        loss.Backward();

        Close.To(record["logits"], logits, Tolerance.Decoder, "logits");
        Close.To(record["loss"], loss, Tolerance.Decoder, "loss");
        Assert.Equal(weights.File.Keys.Order(StringComparer.Ordinal), model.Parameters().Select(p => p.Key).Order(StringComparer.Ordinal));
        Assert.All(model.Parameters(), p => Close.To(record[$"{p.Key}.grad"], p.Value.Grad()!, Tolerance.Decoder, $"{p.Key}.grad"));
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("llama-tied")]
    public void The_record_was_made_by_the_scripts_in_the_tree(string name)
    {
        using var record = new Recording(Project, name);

        record.AssertScriptsUnchanged();
    }
}
