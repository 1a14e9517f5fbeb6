using System.Diagnostics;
using System.Text;
using System.Text.Json;
using ThinkRec.Text;

namespace ThinkRec.Bench.Tokenizers;

/// <summary>One pass of our side: every text encoded once by a tokenizer that has seen none of them, on one thread.</summary>
internal static class Pass
{
    private const int WarmUpTexts = 2000;

    /// <summary>Encodes and writes the ids.</summary>
    /// <param name="path">The tokenizer.</param>
    /// <param name="textsFile">A JSON string a line.</param>
    /// <param name="idsFile">Gets a line of ids for each text.</param>
    /// <returns>What was measured, as JSON.</returns>
    internal static string Run(string path, string textsFile, string idsFile)
    {
        string[] texts = [.. File.ReadLines(textsFile).Select(line => JsonSerializer.Deserialize<string>(line)!)];
        var warm = Tokenizer.Load(path);
        foreach (string text in texts.Take(WarmUpTexts))
        {
            warm.Encode(text);
        }

        long start = Stopwatch.GetTimestamp();
        var tokenizer = Tokenizer.Load(path);
        double loading = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var all = new int[texts.Length][];
        GC.Collect();
        TimeSpan used = Environment.CpuUsage.TotalTime;
        start = Stopwatch.GetTimestamp();
        for (int i = 0; i < texts.Length; i++)
        {
            all[i] = tokenizer.Encode(texts[i]);
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double processor = (Environment.CpuUsage.TotalTime - used).TotalSeconds;
        File.WriteAllLines(idsFile, all.Select(ids => string.Join(' ', ids)));
        return JsonSerializer.Serialize(new
        {
            texts = texts.Length,
            bytes = texts.Sum(text => (long)Encoding.UTF8.GetByteCount(text)),
            seconds,
            processor,
            loading,
        });
    }
}
