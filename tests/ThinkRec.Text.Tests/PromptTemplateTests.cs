namespace ThinkRec.Text.Tests;

public sealed class PromptTemplateTests
{
    private static readonly string[] Allowed = ["history", "user_vector", "target"];

    [Fact]
    public void Parts_come_in_order_and_doubled_braces_are_braces()
    {
        var template = PromptTemplate.Parse("A {{x}} {history}{user_vector} end}}", Allowed);

        Assert.Equal(
            [
                new PromptLiteral("A {x} "), new PromptPlaceholder("history"), new PromptPlaceholder("user_vector"),
                new PromptLiteral(" end}"),
            ],
            template.Parts);
        Assert.Equal(["history", "user_vector"], template.Placeholders);
    }

    [Fact]
    public void A_template_may_be_empty() => Assert.Empty(PromptTemplate.Parse("", Allowed).Parts);

    [Theory]
    [InlineData("Hi {titel}", 1, 4, "{titel} is not known")]
    [InlineData("a\nbc {history", 2, 4, "not closed")]
    [InlineData("a {history\n}", 1, 3, "not closed")]
    [InlineData("a {his{tory}", 1, 3, "not closed")]
    [InlineData("a } b", 1, 3, "closes no placeholder")]
    [InlineData("a {}", 1, 3, "{} is not known")]
    [InlineData("{target} {target}", 1, 10, "second time")]
    public void Mistakes_name_the_place_and_what_is_allowed(string text, int line, int column, string problem)
    {
        var error = Assert.Throws<PromptTemplateException>(() => PromptTemplate.Parse(text, Allowed));

        Assert.Equal((line, column), (error.Line, error.Column));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Contains("{history}, {user_vector}, {target}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Repeatable_placeholders_may_stand_twice()
    {
        var template = PromptTemplate.Parse("{target} or {target}", Allowed, ["target"]);

        Assert.Equal(3, template.Parts.Count);
        Assert.Equal(["target"], template.Placeholders);
    }
}
