using ThinkRec.TestKit;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Runs;
using ThinkRec.Training.Tests.Encoders;

namespace ThinkRec.Training.Tests.Pipeline;

/// <summary>The shipped presets, on a language model of a few thousand weights and for a few steps.</summary>
[Collection(SeededEngine.Name)]
public sealed class PresetTests(BaseRun shared) : IClassFixture<BaseRun>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ml-1m/corrected.yaml", Methods.TallRec)]
    [InlineData("ml-1m/corrected.yaml", Methods.Prompt4Nr)]
    [InlineData("ml-1m/corrected.yaml", Methods.CoLlm)]
    [InlineData("ml-1m/corrected.yaml", Methods.ThinkRec)]
    [InlineData("ml-1m/as-published/tallrec.yaml", Methods.TallRec)]
    [InlineData("yelp/as-published/prompt4nr.yaml", Methods.Prompt4Nr)]
    [InlineData("book/as-published/collm.yaml", Methods.CoLlm)]
    [InlineData("ml-1m/as-published/thinkrec.yaml", Methods.ThinkRec)]
    [InlineData("ml-1m/nano-tallrec.yaml", Methods.TallRec)]
    [InlineData("ml-1m/nano-prompt4nr.yaml", Methods.Prompt4Nr)]
    [InlineData("ml-1m/nano-collm.yaml", Methods.CoLlm)]
    public void A_preset_trains_and_evaluates(string file, string method)
    {
        RunDirectory run = Train(file, method);

        double[] scores = BaseRun.Scores(run);

        Assert.All(scores, score => Assert.True(double.IsFinite(score)));
        Assert.True(scores.Distinct().Count() > scores.Length / 4);
        Assert.Equal(MethodPlan.Of(method).Results(ThinkRecRun.Config(run)).Except(run.Results().Select(result => result.Stage)), []);
    }

    [Fact]
    public void As_published_the_prompt_begins_with_characters_and_evaluation_asks_something_else()
    {
        RunDirectory published = Train("ml-1m/as-published/thinkrec.yaml", Methods.ThinkRec), corrected = Train("ml-1m/corrected.yaml", Methods.ThinkRec);

        string asked = BaseRun.Prompt(published).Text, trained = ThinkRecRun.Config(published).Prompt.Template;
        Assert.StartsWith("<s>#Question: A user rated", asked, StringComparison.Ordinal);
        Assert.Contains(""" \n#Answer:""", asked, StringComparison.Ordinal);
        Assert.Contains("draw a portrait", asked, StringComparison.Ordinal);
        Assert.DoesNotContain("draw a portrait", trained, StringComparison.Ordinal);
        Assert.StartsWith("#Question: These are the", BaseRun.Prompt(corrected).Text, StringComparison.Ordinal);
    }

    private RunDirectory Train(string file, string method)
    {
        var plan = MethodPlan.Of(method);
        string[] changes =
        [
            $"llm.path={Path.Combine(shared.Folder, "llm")}", $"encoder.run={shared.Folder}", "prompt.historyLength=3", "prompt.maxTextTokens=12", "validationRows=40", "thinking.count=40",
            .. new[] { "thinking", "projector", "experts" }.SelectMany(stage => new[] { $"{stage}.optimization.stepsPerEpoch=3", $"{stage}.optimization.maxEpochs=1" }),
        ];
        ThinkRecConfig config = plan.Resolve(ConfigurationFile.Load<ThinkRecConfig>(Path.Combine(Repository.Root, "configs", file), changes, plan.Defaults));
        TrainingInputs.Require(config, TinyRun.World, "none");
        string folder = _folder.File(Path.GetFileNameWithoutExtension(file));
        TinyRun.Train(folder, resume: false, null, TestContext.Current.CancellationToken, config, method: method);
        return RunDirectory.Open(folder, TinyRun.World);
    }
}
