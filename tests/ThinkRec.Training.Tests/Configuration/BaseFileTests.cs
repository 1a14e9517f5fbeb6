using ThinkRec.TestKit;
using ThinkRec.Training.Configuration;

namespace ThinkRec.Training.Tests.Configuration;

/// <summary>Configurations that build on other files, and on values of the caller.</summary>
public sealed class BaseFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_wins_over_its_base_key_by_key_and_replaces_lists()
    {
        Write("below/base.yaml", "name: below\nseed: 3\nranks: [1, 2, 3]\nschedule: { learningRate: 0.5, warmupSteps: 7 }");
        Write("top.yaml", "base: below/base.yaml\nname: top\nranks: [9]\nschedule: { warmupSteps: 8 }");

        Recipe recipe = Load("top.yaml");

        Assert.Equal(("top", 3L, new Schedule { LearningRate = 0.5, WarmupSteps = 8 }), (recipe.Name, recipe.Seed, recipe.Schedule));
        Assert.Equal([9], recipe.Ranks);
    }

    [Fact]
    public void Of_several_bases_later_ones_win_and_each_is_found_beside_the_file_that_names_it()
    {
        Write("a/one.yaml", "base: two.yaml\nname: one\nseed: 1");
        Write("a/two.yaml", "name: two\nseed: 2\nresume: true");
        Write("b/three.yaml", "base: ../a/two.yaml\nseed: 3");
        Write("top.yaml", "base: [a/one.yaml, b/three.yaml]");

        Recipe recipe = Load("top.yaml");

        Assert.Equal(("two", 3L, true), (recipe.Name, recipe.Seed, recipe.Resume)); // three.yaml brings two.yaml's name over one.yaml's
    }

    [Fact]
    public void Overrides_win_over_files_and_files_over_the_callers_defaults()
    {
        Write("base.yaml", "schedule: { warmupSteps: 2 }");
        Write("top.yaml", "base: base.yaml\nname: file");

        Recipe recipe = ConfigurationFile.Load<Recipe>(_folder.File("top.yaml"), ["seed=5"], ["name=default", "seed=4", "schedule.warmupSteps=1", "schedule.learningRate=0.25"]);

        Assert.Equal(("file", 5L, new Schedule { LearningRate = 0.25, WarmupSteps = 2 }), (recipe.Name, recipe.Seed, recipe.Schedule));
    }

    [Theory]
    [InlineData("base: none.yaml", "line 1: base: there is no file ", "relative to the file that names it")]
    [InlineData("base: top.yaml", "line 1: base: ", "top.yaml builds on itself: top.yaml -> top.yaml")]
    [InlineData("base: round.yaml", "line 1 of round.yaml: base: ", "builds on itself: top.yaml -> round.yaml -> top.yaml")]
    [InlineData("base: 8/chain.yaml", "line 1 of ../2/chain.yaml: base: ", "more than 8 deep")]
    [InlineData("base: { a: b }", "line 1: base must be a file, or a list of files, but is a map", "")]
    [InlineData("base: [base.yaml, ]\nbase: x", "line 2: the key 'base' was given already", "")]
    [InlineData("base: [null]", "line 1: base must be a file, or a list of files, but is nothing", "")]
    [InlineData("base: bad.yaml", "line 2 of bad.yaml: unknown key 'sede', did you mean 'seed'?", "")]
    [InlineData("base: broken.yaml", "line 2 of broken.yaml: this is not YAML", "")]
    [InlineData("base: value.yaml", "name must not be empty", "")]
    public void What_is_wrong_with_a_base_is_told_with_its_place(string text, string place, string reason)
    {
        Write("round.yaml", "base: top.yaml");
        Write("base.yaml", "seed: 1");
        Write("bad.yaml", "name: x\nsede: 1");
        Write("broken.yaml", "a: [");
        Write("value.yaml", "name: \"\"");
        for (int i = 8; i > 0; i--)
        {
            Write($"{i}/chain.yaml", $"base: ../{i - 1}/chain.yaml");
        }

        Write("0/chain.yaml", "seed: 1");
        Write("top.yaml", text);

        string problem = Assert.Single(Assert.Throws<ConfigurationException>(() => Load("top.yaml")).Problems);

        Assert.StartsWith(place, problem, StringComparison.Ordinal);
        Assert.Contains(reason, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_that_is_no_file_has_no_base() => Assert.Contains(
        "unknown key 'base'", Assert.Throws<ConfigurationException>(() => ConfigurationFile.LoadText<Recipe>("base: a.yaml", "text", [])).Message, StringComparison.Ordinal);

    private Recipe Load(string name) => ConfigurationFile.Load<Recipe>(_folder.File(name), []);

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
        File.WriteAllText(_folder.File(name), text);
    }
}
