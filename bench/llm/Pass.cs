using System.Diagnostics;
using System.Text.Json;
using ThinkRec.Models.Llm;
using ThinkRec.Torch;

namespace ThinkRec.Bench.Llm;

/// <summary>One measurement of every case in this process. theirs.py has the same cases under the same names.</summary>
internal static class Pass
{
    private const int PromptTokens = 350;
    private const int NewTokens = 32;
    private const int Repeats = 3;

    /// <summary>Measures and prints one JSON line.</summary>
    /// <param name="shape">Name of a shape.</param>
    /// <param name="folder">Holds its weights.</param>
    /// <param name="output">Where to print.</param>
    /// <returns>The exit status.</returns>
    internal static int Print(string shape, string folder, TextWriter output)
    {
        using var noGrad = NoGrad.Begin();
        using var scope = TensorScope.Begin();
        using LlamaModel model = Weights.Load(shape, folder);
        var numbers = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (int batch in (int[])[1, 8])
        {
            numbers[$"prefill/{batch} x {PromptTokens}"] = Rate(batch * PromptTokens, () => Prefill(model, batch));
        }

        int[] tokens = [];
        numbers[$"decode/1 after {PromptTokens}"] = Best(() => Decode(model, out tokens));
        numbers["gemm/2048"] = Rate(2 * 2048L * 2048 * 2048 / 1e9, Gemm);
        long weights = model.Parameters().Sum(p => p.Value.NumElements) - (Shapes.Of(shape).VocabSize * (long)Shapes.Of(shape).HiddenSize);
        output.WriteLine(JsonSerializer.Serialize(new PassLine(
            ThinkRec.Torch.Engine.BlasCore, ThinkRec.Torch.Engine.Threads, weights, numbers, tokens, Logits(model))));
        return 0;
    }

    /// <summary>Ids that both sides make alike.</summary>
    private static Tensor Ids(LlamaModel model, int batch) => Tensor.From(
        [.. Enumerable.Range(0, batch * PromptTokens).Select(i => (i * 7919L + 13) % model.Config.VocabSize)], batch, PromptTokens);

    private static Tensor Prefill(LlamaModel model, int batch) => model.Logits(model.Forward(model.Embed(Ids(model, batch))).Select(1, -1));

    private static float[] Logits(LlamaModel model)
    {
        using var scope = TensorScope.Begin();
        return Prefill(model, 1).Select(0, 0).Narrow(0, 0, 16).ToFloats().ToArray();
    }

    private static double Decode(LlamaModel model, out int[] tokens)
    {
        using var scope = TensorScope.Begin();
        long first = 0;
        int count = 0;
        tokens = TextGenerator.Generate(model, model.Embed(Ids(model, 1)), null, new GenerationOptions { MaxNewTokens = NewTokens + 1 }, _ =>
        {
            first = count++ == 0 ? Stopwatch.GetTimestamp() : first;
            return true;
        });
        return NewTokens / Stopwatch.GetElapsedTime(first).TotalSeconds;
    }

    private static Tensor Gemm() => Tensor.Full([2048, 2048], 0.5).MatMul(Tensor.Full([2048, 2048], 0.5));

    private static double Rate(double work, Func<Tensor> act) => Best(() =>
    {
        using var scope = TensorScope.Begin();
        long start = Stopwatch.GetTimestamp();
        act();
        return work / Stopwatch.GetElapsedTime(start).TotalSeconds;
    });

    /// <summary>The best of a few, after one that does not count: what the code can do, not what else the machine did.</summary>
    private static double Best(Func<double> measure)
    {
        measure();
        return Enumerable.Range(0, Repeats).Max(_ => measure());
    }
}

/// <summary>What one process measured.</summary>
/// <param name="Core">The BLAS kernels in use.</param>
/// <param name="Threads">Threads of one operator.</param>
/// <param name="Weights">Weights that every token is multiplied with, the head left out.</param>
/// <param name="Numbers">Tokens per second (prefill/…, decode/…) or GFLOP/s (gemm/…).</param>
/// <param name="Tokens">What greedy decoding wrote, to compare.</param>
/// <param name="Logits">The first logits after the prompt, to compare.</param>
internal sealed record PassLine(string Core, int Threads, long Weights, SortedDictionary<string, double> Numbers, int[] Tokens, float[] Logits);
