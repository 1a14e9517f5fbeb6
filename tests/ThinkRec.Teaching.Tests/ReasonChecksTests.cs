namespace ThinkRec.Teaching.Tests;

public sealed class ReasonChecksTests
{
    [Theory]
    [InlineData("Yes. The user liked Silent Harbor and Iron Comet, which share war and tense with this one; the disliked Happy Days shares nothing with it.", "")]
    [InlineData("Yes. Last Trench is about war.", "")]
    [InlineData("No. The user disliked Happy Days.", "The answer is 'Yes.'")]
    [InlineData("Yes. The user liked Merry Mill.", "'Merry Mill' is not among the last")]
    [InlineData("Yes. The user liked Happy Days.", "'Happy Days' is called liked")]
    [InlineData("Yes. The user disliked Silent Harbor but liked Iron Comet.", "'Silent Harbor' is called disliked")]
    [InlineData("Yes. The user liked Silent Harbor for its village.", "Keyword 'village' belongs neither")]
    public void Each_kind_of_ungrounded_statement_is_found(string reason, string expected)
    {
        var verdict = new ReasonChecks(Hand.Dataset()).Check(3, reason);

        if (expected.Length == 0)
        {
            Assert.Empty(verdict.Problems);
            Assert.Equal(["answer", "titles", "polarity", "keywords"], verdict.Passed);
        }
        else
        {
            Assert.StartsWith(expected, Assert.Single(verdict.Problems), StringComparison.Ordinal);
            Assert.Equal(3, verdict.Passed.Count);
        }
    }
}
