using System.Globalization;
using System.Text.Json;

namespace ThinkRec.Bench.Llm;

/// <summary>Compares the passes of both sides: medians, the ratio ours to theirs, and whether both computed the same.</summary>
internal static class Report
{
    private const double LogitTolerance = 1e-3;
    private static readonly JsonSerializerOptions Reading = new(JsonSerializerDefaults.Web);

    /// <summary>Prints a table per shape.</summary>
    /// <param name="folder">Holds SHAPE.ours.jsonl and SHAPE.theirs.jsonl.</param>
    /// <param name="output">Where to print.</param>
    /// <returns>The exit status: 1 when the two sides did not compute the same.</returns>
    internal static int Print(string folder, TextWriter output)
    {
        bool same = true;
        foreach (string shape in Shapes.All.Keys.Where(shape => File.Exists(Path.Combine(folder, $"{shape}.ours.jsonl"))))
        {
            PassLine[] ours = Read(folder, $"{shape}.ours"), theirs = Read(folder, $"{shape}.theirs");
            output.WriteLine($"{shape}: {ours.Length} pairs, {ours[0].Threads} and {theirs[0].Threads} threads, BLAS kernels {ours[0].Core} and {theirs[0].Core}");
            output.WriteLine($"{"",-24}{"ours",10}{"theirs",10}{"ratio",8}{"of GEMM",9}");
            double roof = Median(ours, "gemm/2048");
            foreach (string name in ours[0].Numbers.Keys)
            {
                double mine = Median(ours, name), other = Median(theirs, name);
                bool isTokens = !name.StartsWith("gemm", StringComparison.Ordinal);
                string share = name.StartsWith("prefill", StringComparison.Ordinal) ? $"{2.0 * ours[0].Weights * mine / 1e9 / roof:P0}" : "";
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-24}{mine,10:F1}{other,10:F1}{mine / other,8:F2}{share,9}  {(isTokens ? "tokens/s" : "GFLOP/s")}"));
            }

            double apart = ours[0].Logits.Zip(theirs[0].Logits, (a, b) => Math.Abs((double)a - b)).Max();
            int alike = ours[0].Tokens.Zip(theirs[0].Tokens).TakeWhile(p => p.First == p.Second).Count();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"logits differ by at most {apart:E1}; the first {alike} of {ours[0].Tokens.Length} tokens are the same"));
            same &= apart < LogitTolerance && alike == ours[0].Tokens.Length;
        }

        return same ? 0 : 1;
    }

    private static double Median(PassLine[] passes, string name)
    {
        double[] sorted = [.. passes.Select(p => p.Numbers[name]).Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static PassLine[] Read(string folder, string name) =>
        [.. File.ReadLines(Path.Combine(folder, $"{name}.jsonl")).Select(line => JsonSerializer.Deserialize<PassLine>(line, Reading)!)];
}
