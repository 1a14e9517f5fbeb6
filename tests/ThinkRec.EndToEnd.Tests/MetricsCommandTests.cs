using System.Text.Json;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

public sealed class MetricsCommandTests
{
    // User a, by score: 1 0 1. User b: 0 1. User c: 1, alone and of one class.
    private const string Predictions = "user_id,label,score\na,1,0.9\na,0,0.6\na,1,0.3\nb,0,0.8\nb,1,0.2\nc,1,0.5\n";

    [Fact]
    public async Task Values_are_those_computed_by_hand()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("p.csv"), Predictions);

        Outcome outcome = await Tool.RunAsync("metrics", "--json", "--predictions", folder.File("p.csv"), "--replicates", "100");

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        JsonElement document = JsonDocument.Parse(outcome.Output).RootElement;
        // Likes .9 .3 .2 .5 against .6 .8: of 8 pairs only (.9, .6) and (.9, .8) are ranked right.
        Assert.Equal(2 / 8.0, Value(document, "AUC"), 12);
        // User a: 1 of 2 pairs; user b: 0 of 1; user c has one class and is left out.
        Assert.Equal((0.5 + 0) / 2, Value(document, "UAUC"), 12);
        // User a: likes on places 1 and 3, ideal 1 and 2; user b: like on place 2, ideal 1; user c has one row and is left out.
        double second = 1 / Math.Log2(3);
        Assert.Equal((((1 + 0.5) / (1 + second)) + second) / 2, Value(document, "NDCG@5"), 12);
        // Mean precision at the likes: user a (1/1 + 2/3) / 2, user b 1/2.
        Assert.Equal((((1 + (2 / 3.0)) / 2) + 0.5) / 2, Value(document, "MAP@5"), 12);
        Assert.Equal((6, 4, 3, 2), (Count("rows"), Count("positives"), Count("users"), Count("usersWithBothClasses")));

        int Count(string name) => document.GetProperty(name).GetInt32();
    }

    private static double Value(JsonElement document, string metric) =>
        document.GetProperty("metrics").GetProperty(metric).GetProperty("value").GetDouble();
}
