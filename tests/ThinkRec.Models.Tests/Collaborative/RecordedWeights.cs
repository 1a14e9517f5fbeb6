using System.Text.Json;
using ThinkRec.Nn;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Collaborative;

/// <summary>Weights as tools/parity/record_encoders.py wrote them.</summary>
internal sealed class RecordedWeights(JsonElement weights) : WeightSource
{
    private readonly HashSet<string> _asked = [];

    internal static JsonElement Record { get; } = JsonDocument.Parse(File.ReadAllText(
        Path.Combine(Repository.Root, "tests", "ThinkRec.Models.Tests", "Collaborative", "encoders.json"))).RootElement;

    internal IEnumerable<string> NotAsked => weights.EnumerateObject().Select(p => p.Name).Except(_asked);

    internal static float[] Values(JsonElement tensor) => [.. tensor.GetProperty("values").EnumerateArray().Select(v => v.GetSingle())];

    internal static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(v => v.GetString()!)];

    internal static Tensor Indices(JsonElement list) => Nested(list) is { } rows
        ? Tensor.From([.. rows.SelectMany(r => r)], rows.Length, rows[0].Length)
        : Tensor.From([.. list.EnumerateArray().Select(v => v.GetInt64())], list.GetArrayLength());

    internal static Tensor Labels(JsonElement list) =>
        Tensor.From([.. list.EnumerateArray().Select(v => v.GetSingle())], list.GetArrayLength());

    public override Tensor Get(string key, long[] shape, Init init)
    {
        JsonElement tensor = weights.GetProperty(key);
        Assert.Equal(tensor.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64()), shape);
        _asked.Add(key);
        using var scope = TensorScope.Begin();
        return Tensor.From(Values(tensor), shape).Own();
    }

    private static long[][]? Nested(JsonElement list) => list[0].ValueKind != JsonValueKind.Array ? null
        : [.. list.EnumerateArray().Select(row => row.EnumerateArray().Select(v => v.GetInt64()).ToArray())];
}
