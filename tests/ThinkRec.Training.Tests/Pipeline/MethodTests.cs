using ThinkRec.Data;
using ThinkRec.Models.Reasoning;
using ThinkRec.TestKit;
using ThinkRec.Text;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Runs;
using ThinkRec.Training.Tests.Encoders;

namespace ThinkRec.Training.Tests.Pipeline;

/// <summary>Each method with a language model, from training to answers.</summary>
[Collection(SeededEngine.Name)]
public sealed class MethodTests(BaseRun shared) : IClassFixture<BaseRun>, IDisposable
{
    private const string Global = "adapters/global/adapter_model.safetensors";
    private const string Prompts = "adapters/prompts/adapter_model.safetensors";
    private const string Encoder = "encoder/encoder.safetensors";
    private const string Projector = ThinkRecRun.ProjectorFile;
    private static readonly string[] Quick = ["thinking.optimization.stepsPerEpoch=25", "projector.optimization.stepsPerEpoch=25"];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Methods.TallRec, "tuning", Global)]
    [InlineData(Methods.Prompt4Nr, "prompts,tuning", $"{Global},{Prompts},{Projector}")]
    [InlineData(Methods.CoLlm, "encoder,projector,tuning", $"{Global},{Encoder},{Projector}")]
    public void A_method_runs_its_stages_and_leaves_their_products_and_no_others(string method, string stages, string products)
    {
        RunDirectory run = Train(method);

        Assert.Equal(stages.Split(','), run.Results().Select(result => result.Stage).Order(StringComparer.Ordinal));
        Assert.Equal(products.Split(',').Append("resolved.yaml").Append("metrics.jsonl").Order(StringComparer.Ordinal), TinyRun.Products(run.Folder).Keys.Order(StringComparer.Ordinal));
        Assert.All(File.ReadLines(run.PathOf("metrics.jsonl")), line => Assert.DoesNotContain("NaN", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Methods.TallRec, "")]
    [InlineData(Methods.CoLlm, "User 1,Item 1")]
    [InlineData(Methods.Prompt4Nr, "User 3,Item 3")]
    [InlineData(Methods.ThinkRec, "Item 1,Item 1,Item 1,User 1,Item 1")]
    public void Prompts_carry_the_vectors_of_the_method(string method, string vectors)
    {
        RunDirectory run = shared.Train(method, _folder.File("whole"), changes: ["prompt.maxTextTokens=48", .. Quick]);

        (string text, PromptVector[] places) = BaseRun.Prompt(run);

        Assert.Equal(vectors, string.Join(",", places.Select(place => $"{place.Kind} {place.Count}")));
        Assert.Equal(method == Methods.ThinkRec, text.Contains('('));
        UserState state = BaseRun.MixedUser();
        foreach (int row in state.History)
        {
            Interaction rated = TinyRun.World.Interactions[row];
            Assert.Equal(rated.Label || method == Methods.ThinkRec, text.Contains(TinyRun.World.ItemTexts[rated.Item].Title, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(Methods.TallRec)]
    [InlineData(Methods.Prompt4Nr)]
    [InlineData(Methods.CoLlm)]
    public void A_run_scores_recommends_explains_and_gives_its_adapter_away(string method)
    {
        RunDirectory run = Train(method);
        double[] scores = BaseRun.Scores(run);
        using var recommender = new Recommender(run, TinyRun.World);
        UserState state = recommender.StateOf(TinyRun.World.Users[2]);

        ScoredItem[] best = recommender.Recommend(state, 3, TestContext.Current.CancellationToken);
        ScoredItem[] again = recommender.Score(state, [.. best.Select(b => b.Item)], TestContext.Current.CancellationToken);
        Explanation reason = recommender.Explain(state, best[0], TestContext.Current.CancellationToken);
        recommender.SaveAdapter(recommender.Gate(state), _folder.File("adapter"));

        Assert.True(scores.All(double.IsFinite) && scores.Distinct().Count() > scores.Length / 2);
        Assert.Equal(best.Select(b => b.Score), again.Select(a => a.Score), (x, y) => Math.Abs(x - y) < 1e-4);
        Assert.StartsWith(best[0].Score > 0 ? "Yes." : "No.", reason.Text, StringComparison.Ordinal);
        Assert.Null(recommender.Gate(state));
        Assert.True(File.Exists(_folder.File("adapter/adapter_model.safetensors")));
    }

    [Fact]
    public void The_adapter_of_collm_is_that_of_tallrec_and_its_projector_trains_alone()
    {
        string[] likeTallRec = [.. MethodPlan.Of(Methods.CoLlm).Defaults.Where(value => value.StartsWith("prompt.template", StringComparison.Ordinal)).Select(value => value.Replace("{user_vector}", "", StringComparison.Ordinal).Replace("{target_vector}", "", StringComparison.Ordinal))];
        Dictionary<string, string> tallRec = TinyRun.Products(shared.Train(Methods.TallRec, _folder.File("tallrec"), changes: [.. Quick, .. likeTallRec]).Folder);
        Dictionary<string, string> coLlm = TinyRun.Products(Train(Methods.CoLlm).Folder);

        Assert.Equal(tallRec[Global], coLlm[Global]);
        Assert.Equal(TinyRun.Products(shared.Folder)[Encoder], coLlm[Encoder]);
        Assert.NotEqual(coLlm[Projector], TinyRun.Products(shared.Train(Methods.CoLlm, _folder.File("longer"), changes: ["projector.optimization.stepsPerEpoch=30", "thinking.optimization.stepsPerEpoch=25"]).Folder)[Projector]);
    }

    [Fact]
    public void Soft_prompts_train_with_an_adapter_first_and_stand_still_while_it_goes_on()
    {
        RunDirectory run = shared.Train(Methods.Prompt4Nr, _folder.File("run"), stage: MethodPlan.Prompts, changes: Quick);
        Dictionary<string, string> first = TinyRun.Products(run.Folder);
        Assert.Throws<ConfigurationException>(() => BaseRun.Scores(run));

        shared.Train(Methods.Prompt4Nr, run.Folder, resume: true, changes: Quick);

        Dictionary<string, string> second = TinyRun.Products(run.Folder);
        Assert.Equal((first[Projector], first[Prompts]), (second[Projector], second[Prompts]));
        Assert.False(first.ContainsKey(Global));
        Assert.Equal(run.Result(MethodPlan.Tuning)!.BestEpoch == 0, second[Prompts] == second[Global]); // the start stays where no epoch is better
        Assert.Contains(File.ReadLines(run.PathOf("metrics.jsonl")), line => line.Contains("\"stage\":\"tuning\"", StringComparison.Ordinal) && line.Contains("gradientNorm", StringComparison.Ordinal));
        using var file = Nn.SafetensorsFile.Open(run.PathOf(Projector));
        Assert.Equal([3 * 32, 2], file.Describe(Assert.Single(file.Keys)).Shape);
    }

    [Theory]
    [InlineData(Methods.TallRec, "tuning", 0)]
    [InlineData(Methods.Prompt4Nr, "prompts", 20)]
    [InlineData(Methods.Prompt4Nr, "tuning", 0)]
    [InlineData(Methods.Prompt4Nr, "tuning", 20)]
    [InlineData(Methods.CoLlm, "tuning", 20)]
    [InlineData(Methods.CoLlm, "projector", 0)]
    public void A_run_stopped_within_a_stage_goes_on_to_the_same_bytes(string method, string stage, int step)
    {
        Dictionary<string, string> undisturbed = TinyRun.Products(Train(method).Folder);
        string run = _folder.File("stopped");
        using var cancel = new CancellationTokenSource();
        var watcher = new Stop(record => record.Stage == stage && record.Step == step, cancel);

        Assert.Throws<OperationCanceledException>(() => shared.Train(method, run, watcher, cancellation: cancel.Token, changes: Quick));
        Assert.True(File.Exists(Path.Combine(run, "checkpoints", stage + ".safetensors")));
        shared.Train(method, run, resume: true, changes: Quick);

        Assert.Equal(undisturbed, TinyRun.Products(run));
    }

    [Fact]
    public void A_language_model_trained_on_the_way_learns_from_dislikes_too()
    {
        var plan = MethodPlan.Of(Methods.TallRec);
        ThinkRecConfig config = plan.Resolve(TinyRun.Config with { Prompt = TinyRun.Config.Prompt with { History = HistoryKind.PositiveOnly, Labels = false } });
        ThinkRecConfig both = plan.Resolve(TinyRun.Config);

        TinyRun.Train(_folder.File("likes"), false, null, TestContext.Current.CancellationToken, config, method: Methods.TallRec, stage: MethodPlan.Llm);
        TinyRun.Train(_folder.File("both"), false, null, TestContext.Current.CancellationToken, both, method: Methods.TallRec, stage: MethodPlan.Llm);

        Assert.Equal(TinyRun.Products(_folder.File("both"))["llm/model.safetensors"], TinyRun.Products(_folder.File("likes"))["llm/model.safetensors"]);
    }

    [Fact]
    public void What_a_method_has_no_stage_for_is_switched_off_and_named()
    {
        var plan = MethodPlan.Of(Methods.TallRec);
        ThinkRecConfig read = TinyRun.Config with { Thinking = TinyRun.Config.Thinking with { Reasons = "r.jsonl" } };

        ThinkRecConfig config = plan.Resolve(read);

        Assert.Equal(["encoder", "thinking.reasons", "projector", "experts"], plan.Unused(read));
        Assert.False(config.Thinking.Enabled || config.Projector.Enabled || config.Experts.Enabled);
        Assert.Equal(new EncoderSource(), config.Encoder);
        Assert.Empty(plan.Unused(new ThinkRecConfig()));
        Assert.Empty(MethodPlan.Of(Methods.ThinkRec).Unused(read));
        Assert.Same(read.Experts, MethodPlan.Of(Methods.ThinkRec).Resolve(read).Experts);
    }

    [Fact]
    public void A_stage_that_a_method_does_not_have_and_soft_prompts_switched_off_are_refused()
    {
        var stage = Assert.Throws<ConfigurationException>(() => MethodPlan.Of(Methods.CoLlm).Until(MethodPlan.Thinking));
        var off = Assert.Throws<ConfigurationException>(() => MethodPlan.Of(Methods.Prompt4Nr).Resolve(TinyRun.Config with { Projector = new() { Enabled = false } }));

        Assert.Contains("collm has no stage thinking; have: encoder, llm, tuning, projector", stage.Message, StringComparison.Ordinal);
        Assert.Contains("prompt4nr without its soft prompts is tallrec", off.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Methods.CoLlm)]
    [InlineData(Methods.Prompt4Nr)]
    [InlineData(Methods.ThinkRec)]
    public void A_method_of_vectors_needs_a_place_for_them(string method)
    {
        string[] bare = ["prompt.template=\"Rated:{history} Next:{target}\"", "prompt.item=\" {title}\""];

        var problem = Assert.Throws<ConfigurationException>(() => TrainingInputs.Require(shared.Config(method, bare), TinyRun.World, "none"));

        Assert.Contains("there is no place for a vector", problem.Message, StringComparison.Ordinal);
        TrainingInputs.Require(shared.Config(Methods.TallRec, bare), TinyRun.World, "none");
    }

    private RunDirectory Train(string method) => shared.Train(method, _folder.File("whole"), changes: Quick);
}
