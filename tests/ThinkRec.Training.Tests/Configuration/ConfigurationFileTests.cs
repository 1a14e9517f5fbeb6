using ThinkRec.TestKit;
using ThinkRec.Training.Configuration;

namespace ThinkRec.Training.Tests.Configuration;

public sealed class ConfigurationFileTests
{
    [Fact]
    public void Empty_text_gives_the_defaults() => Assert.Equal(new Recipe(), Load(""));

    [Fact]
    public void Values_of_every_kind_are_read()
    {
        Recipe recipe = Load("""
            name: "0123"
            encoder: light-gcn   # kebab case
            seed: 12345678901
            schedule: { learningRate: 1e-4, warmupSteps: 20 }
            ranks: [8, 16]
            resume: true
            ratio: ~
            stages:
              - epochs: 3
              - epochs: 1
                targets: [q_proj, v_proj]
            """);

        Assert.Equal(("0123", Encoder.LightGcn, 12345678901L, true), (recipe.Name, recipe.Encoder, recipe.Seed, recipe.Resume));
        Assert.Equal(new Schedule { LearningRate = 1e-4, WarmupSteps = 20 }, recipe.Schedule);
        Assert.Equal([8, 16], recipe.Ranks);
        Assert.Null(recipe.Ratio);
        Assert.Equal([3, 1], recipe.Stages.Select(stage => stage.Epochs));
        Assert.Equal(["q_proj", "v_proj"], recipe.Stages[1].Targets);
    }

    [Theory]
    [InlineData("lightGcn")]
    [InlineData("LightGcn")]
    [InlineData("light-gcn")]
    [InlineData("light_gcn")]
    public void Choices_are_read_in_every_case(string text) => Assert.Equal(Encoder.LightGcn, Load($"encoder: {text}").Encoder);

    [Theory]
    [InlineData("seed: 1\nnmae: x", "line 2: unknown key 'nmae', did you mean 'name'?")]
    [InlineData("schedule:\n  warmupStep: 1", "line 2: unknown key 'schedule.warmupStep', did you mean 'warmupSteps'?")]
    [InlineData("schedule:\n  colour: 1", "line 2: unknown key 'schedule.colour', have: learningRate, warmupSteps")]
    [InlineData("seed: 1\nresume: yes", "line 2: resume must be true or false but is 'yes'")]
    [InlineData("schedule: { warmupSteps: 1.5 }", "line 1: schedule.warmupSteps must be a whole number but is '1.5'")]
    [InlineData("schedule: { learningRate: nan }", "line 1: schedule.learningRate must be a number but is 'nan'")]
    [InlineData("schedule: { learningRate: \"1\" }", "line 1: schedule.learningRate must be a number but is '1'")]
    [InlineData("schedule: 3", "line 1: schedule must be a map with the keys learningRate, warmupSteps but is '3'")]
    [InlineData("seed:", "line 1: seed must be a whole number but is nothing")]
    [InlineData("encoder: bert", "line 1: encoder must be one of: mf, lightGcn but is 'bert'")]
    [InlineData("encoder: 1", "line 1: encoder must be one of: mf, lightGcn but is '1'")]
    [InlineData("ranks: [8,\n  x]", "line 2: ranks[1] must be a whole number but is 'x'")]
    [InlineData("ranks: 8", "line 1: ranks must be a list, each a whole number but is '8'")]
    [InlineData("name: [a]", "line 1: name must be text but is a list")]
    [InlineData("seed: 1\nname: a\nseed: 2", "line 3: the key 'seed' was given already (line 1)")]
    [InlineData("- a", "line 1: expected a map of keys but found a list")]
    [InlineData("stages: [{ targets: [] }]", "line 1: the key 'stages[0].epochs' is missing")]
    [InlineData("seed: 1\n---\nseed: 2", "line 2: expected one YAML document but a second begins")]
    public void A_wrong_file_is_refused_with_line_and_remedy(string text, string problem)
    {
        var exception = Assert.Throws<ConfigurationException>(() => Load(text));

        Assert.Equal([problem], exception.Problems);
        Assert.Equal($"recipe.yaml has 1 problem: {problem}.", exception.Message);
    }

    [Theory]
    [InlineData("name: &a x", "line 1", "anchors")]
    [InlineData("name: x\nseed: *a", "line 2", "")]
    [InlineData("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]", "line 1", "anchors")]
    [InlineData("name: !!binary x", "line 1", "tags")]
    [InlineData("name: [a", "line", "this is not YAML")]
    [InlineData("name: 'a\n", "line", "this is not YAML")]
    public void What_is_not_plain_yaml_is_refused(string text, string place, string reason)
    {
        string problem = Assert.Single(Assert.Throws<ConfigurationException>(() => Load(text)).Problems);

        Assert.StartsWith(place, problem);
        Assert.Contains(reason, problem);
    }

    [Fact]
    public void Deep_nesting_is_refused() => Assert.Contains(
        "nested more than 32 deep",
        Assert.Throws<ConfigurationException>(() => Load("a: " + new string('[', 5000) + new string(']', 5000))).Message);

    [Fact]
    public void All_problems_come_at_once_with_their_key_paths()
    {
        const string Text = """
            name: ""
            schedule: { learningRate: -1 }
            stages: [{ epochs: 1 }, { epochs: 0 }]
            """;

        var exception = Assert.Throws<ConfigurationException>(() => Load(Text));

        Assert.Equal(
            "recipe.yaml has 3 problems: name must not be empty; schedule.learningRate must be above 0 but is -1; "
            + "stages[1].epochs must be at least 1 but is 0.",
            exception.Message);
    }

    [Fact]
    public void Wrong_keys_and_wrong_types_are_reported_together()
    {
        var exception = Assert.Throws<ConfigurationException>(() => Load("sede: 1\nname: []\nranks: x", "encoder=y"));

        Assert.Equal(4, exception.Problems.Count);
    }

    [Fact]
    public void Overrides_win_over_the_file_and_later_ones_over_earlier_ones()
    {
        Recipe recipe = Load(
            "schedule: { warmupSteps: 7 }", "schedule.learningRate=0.5", "ranks=[1, 2]", "name=a=b", "seed=1", "seed=2");

        Assert.Equal(new Schedule { LearningRate = 0.5, WarmupSteps = 7 }, recipe.Schedule);
        Assert.Equal([1, 2], recipe.Ranks);
        Assert.Equal(("a=b", 2L), (recipe.Name, recipe.Seed));
    }

    [Theory]
    [InlineData("shedule.learningRate=1", "--set shedule.learningRate=1: unknown key 'shedule', did you mean 'schedule'?")]
    [InlineData("schedule.rate=1", "--set schedule.rate=1: unknown key 'schedule.rate', have: learningRate, warmupSteps")]
    [InlineData("seed=x", "--set seed=x: seed must be a whole number but is 'x'")]
    [InlineData("seed.x=1", "--set seed.x=1: seed must be a whole number but is a map")]
    [InlineData("seed", "--set seed: expected KEY=VALUE, such as --set optimizer.learningRate=1e-4")]
    public void A_wrong_override_is_refused_by_its_own_text(string change, string problem) =>
        Assert.Equal([problem], Assert.Throws<ConfigurationException>(() => Load("seed: 1", change)).Problems);

    [Fact]
    public void What_is_written_loads_back_equal()
    {
        using var folder = new TemporaryFolder();
        var recipe = new Recipe
        {
            Name = "quote \" back \\ line\n tab\t # : - {}é\u2028 no",
            Encoder = Encoder.LightGcn,
            Seed = long.MinValue,
            Schedule = new Schedule { LearningRate = 0.1 + 0.2, WarmupSteps = int.MaxValue },
            Ranks = [1, -2],
            Resume = true,
            Ratio = float.Epsilon,
            Stages = [new Stage { Epochs = 2, Targets = ["null", "1", "true", ""] }, new Stage { Epochs = 4 }],
        };

        ConfigurationFile.Write(folder.File("resolved.yaml"), recipe);
        Recipe loaded = ConfigurationFile.Load<Recipe>(folder.File("resolved.yaml"), []);

        Assert.Equal(recipe with { Ranks = [], Stages = [] }, loaded with { Ranks = [], Stages = [] });
        Assert.Equal(recipe.Ranks, loaded.Ranks);
        Assert.Equal(recipe.Stages.Select(stage => stage.Epochs), loaded.Stages.Select(stage => stage.Epochs));
        Assert.Equal(recipe.Stages.SelectMany(stage => stage.Targets), loaded.Stages.SelectMany(stage => stage.Targets));
        Assert.Equal([folder.File("resolved.yaml")], Directory.GetFiles(folder.FullPath));
    }

    [Fact]
    public void The_defaults_load_back_equal()
    {
        using var folder = new TemporaryFolder();

        ConfigurationFile.Write(folder.File("a.yaml"), new Recipe());

        Recipe loaded = ConfigurationFile.Load<Recipe>(folder.File("a.yaml"), []);
        Assert.Empty(loaded.Stages);
        Assert.Equal(new Recipe(), loaded with { Ranks = [], Stages = [] });
    }

    [Fact]
    public void A_missing_file_and_a_huge_file_are_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("huge.yaml"), new string('#', ConfigurationFile.MaxBytes + 1));

        Assert.Contains("there is no such file", Refusal("none.yaml"));
        Assert.Contains("at most 1048576 are read", Refusal("huge.yaml"));

        string Refusal(string name) => Assert.Throws<ConfigurationException>(
            () => ConfigurationFile.Load<Recipe>(folder.File(name), [])).Message;
    }

    private static Recipe Load(string text, params string[] overrides) =>
        ConfigurationFile.LoadText<Recipe>(text, "recipe.yaml", overrides);
}
