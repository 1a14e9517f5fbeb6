using ThinkRec.Data.Audit;
using static ThinkRec.Data.Split;

namespace ThinkRec.Data.Tests.Audit;

public sealed class ColdAndReasonAuditTests
{
    private static readonly Interaction[] Rows =
    [
        new(1, 1, 5, true, 10, Train), new(2, 1, 5, true, 11, Train), new(1, 2, 5, true, 20, Valid), new(3, 1, 5, true, 21, Valid), new(3, 2, 5, true, 22, Valid), new(4, 1, 5, true, 30, Test),
    ];

    [Fact]
    public void Cold_users_and_items_are_counted_by_their_rows_the_most_frequent_first()
    {
        var findings = DatasetAudit.Run(Planted.Rows(Rows));

        Assert.Equal(["cold-users", "cold-items"], findings.Select(finding => finding.Kind));
        Assert.Equal((FindingWeight.Warning, 3, 4), (findings[0].Weight, findings[0].Count, findings[0].Total));
        Assert.Contains("2 users without a training row, out of 3 there", findings[0].What, StringComparison.Ordinal);
        Assert.Equal([("u3", "2 rows", 4), ("u4", "1 rows", 5)], findings[0].Examples.Select(example => (example.User, example.Detail, example.Line)));
        Assert.Equal((FindingWeight.Note, 2, "i2"), (findings[1].Weight, findings[1].Count, findings[1].Examples[0].Item));
    }

    [Fact]
    public void Reasons_of_held_out_rows_are_errors_and_those_of_measured_users_notes()
    {
        var findings = DatasetAudit.Run(Planted.Rows(Rows), [0, 1, 3, 5]);

        Assert.Equal(("reasons-of-held-out-rows", FindingWeight.Error, 2, 4), (findings[0].Kind, findings[0].Weight, findings[0].Count, findings[0].Total));
        Assert.Equal([(3, "valid row with a reason"), (5, "test row with a reason")], findings[0].Examples.Select(example => (example.Row!.Value, example.Detail)));
        var shared = findings.Single(finding => finding.Kind == "reasons-of-measured-users");
        Assert.Equal((FindingWeight.Note, 1, 0), (shared.Weight, shared.Count, shared.Examples[0].Row));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(6)]
    public void A_reason_of_a_row_that_is_not_there_is_refused(int row) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => DatasetAudit.Run(Planted.Rows(Rows), [row]));

    [Fact]
    public void A_dataset_without_rows_has_no_finding_about_rows()
    {
        Assert.Empty(DatasetAudit.Run(Planted.Items([new ItemText("Heat", "about", ["crime"])]), []));
        Assert.Empty(DatasetAudit.Run(Planted.Items([])));
    }
}
