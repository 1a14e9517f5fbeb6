namespace ThinkRec.Teaching.Tests;

public sealed class LocalTeacherTests
{
    [Fact]
    public void The_vote_follows_what_was_liked_and_the_reason_names_it()
    {
        var answer = new LocalTeacher(Hand.Dataset()).Answer(3);

        Assert.True(answer.IsYes);
        Assert.StartsWith("Yes. ", answer.Reason, StringComparison.Ordinal);
        Assert.Contains("Iron Comet and Silent Harbor", answer.Reason, StringComparison.Ordinal);
        Assert.Contains("war and tense", answer.Reason, StringComparison.Ordinal);
        Assert.Contains("the disliked Happy Days shares nothing with it", answer.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disliked_property_gives_a_no()
    {
        var answer = new LocalTeacher(Hand.Dataset()).Answer(4);

        Assert.False(answer.IsYes);
        Assert.StartsWith("No. The user disliked Happy Days, which shares comedy with this one", answer.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_label_of_the_row_itself_changes_nothing()
    {
        var answer = new LocalTeacher(Hand.Dataset(lastLabel: true)).Answer(3);

        Assert.Equal(answer, new LocalTeacher(Hand.Dataset(lastLabel: false)).Answer(3));
    }

    [Fact]
    public void A_row_without_history_is_refused() => Assert.Throws<ArgumentException>(() => new LocalTeacher(Hand.Dataset()).Answer(0));
}
