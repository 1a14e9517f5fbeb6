using System.Globalization;
using System.Text;
using System.Text.Json;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>A world whose item texts try to steer models, terminals and pages, from its files to what is printed.</summary>
public sealed class HostileTextTests : IDisposable
{
    private const int Seed = 20261121;
    private readonly TemporaryFolder _folder = new();

    private string Data => _folder.File("data");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Audit_and_errors_print_nothing_that_steers_a_terminal()
    {
        await PrepareAsync();
        Sealed.Change(Data, "built-in.item", text => text.Replace("\nm0002\t", "\nm0002\t\u001B[2J\u202E<|end|>", StringComparison.Ordinal));

        Outcome text = await Tool.RunAsync("data", "audit", Data);
        Outcome json = await Tool.RunAsync("data", "audit", Data, "--json");
        Sealed.Change(Data, "built-in.inter", lines => lines + "\u001B]0;owned\u0007\u202E\n");
        Outcome refused = await Tool.RunAsync("data", "describe", Data);

        Assert.Contains("hidden-characters", text.Output);
        Assert.Contains("text-for-machines", text.Output);
        AssertPlain(text.Output, json.Output, refused.Error);
        Refusal.AssertOneLine(refused, 1, @"\u001B]0;owned\u0007\u202E", "6 tab-separated fields");
        JsonDocument.Parse(json.Output);
    }

    [Fact]
    public async Task A_hostile_world_is_trained_on_and_recommended_from()
    {
        await PrepareAsync();
        var random = new Random(Seed);
        string[] titles = [.. Enumerable.Range(0, 100).Select(_ => InFile(HostileText.Next(random)))];
        titles[3] = string.Concat(Enumerable.Repeat("long \u202E", 150_000));
        Sealed.Change(Data, "built-in.item", text => string.Join('\n', text.Split('\n').Select((line, i) =>
        {
            string[] fields = line.Split('\t');
            return i is 0 or > 100 ? line : string.Join('\t', [fields[0], titles[i - 1], .. fields[2..]]);
        })));
        File.WriteAllText(_folder.File("tiny.yaml"), TrainedRun.Yaml);

        await TrainedRun.DoneAsync("train", "thinkrec", "--config", _folder.File("tiny.yaml"), "--data", Data, "--out", _folder.File("run"));
        string[] call = ["recommend", "--run", _folder.File("run"), "--data", Data, "--user", "u0001", "--top", "30", "--explain"];
        string text = await TrainedRun.DoneAsync(call);
        string json = await TrainedRun.DoneAsync([.. call, "--json"]);

        AssertPlain(text, json);
        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, 2500));
        var shown = JsonDocument.Parse(json).RootElement.GetProperty("items").EnumerateArray()
            .ToDictionary(item => item.GetProperty("itemId").GetString()!, item => item.GetProperty("title").GetString());
        Assert.All(shown, item => Assert.Equal(titles[int.Parse(item.Key[1..], CultureInfo.InvariantCulture) - 1], item.Value));
        Assert.True(shown.Count > 20, $"{shown.Count} items are shown");
    }

    private static string InFile(string text) =>
        new UTF8Encoding(false).GetString(Encoding.UTF8.GetBytes(text)).Replace('\t', ' ').Replace('\n', ' ').Replace('\r', ' ');

    private static void AssertPlain(params string[] texts) => Assert.All(texts, text => Assert.DoesNotContain(text.EnumerateRunes(), rune =>
        rune.Value is not '\n' && (Rune.IsControl(rune) || rune.Value is 0x2028 or 0x2029 or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) or (>= 0xE0000 and <= 0xE007F))));

    private async Task PrepareAsync() => await TrainedRun.DoneAsync("data", "prepare", "built-in", "--users", "40", "--items", "100", "--out", Data);
}
