using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.TestKit;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Encoders;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Runs;
using ThinkRec.Training.Tests.Encoders;

namespace ThinkRec.Training.Tests.Pipeline;

/// <summary>Every switch of the paper's ablations, from training to scores.</summary>
[Collection(SeededEngine.Name)]
public sealed class AblationTests(BaseRun shared) : IClassFixture<BaseRun>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public void Thinking_and_experts_can_each_be_left_out(bool thinking, bool experts)
    {
        RunDirectory run = Train($"thinking.enabled={(thinking ? "true" : "false")}", $"experts.enabled={(experts ? "true" : "false")}");

        string[] adapters = experts ? ["global", "group-0", "group-1"] : ["global"];
        Assert.Equal(adapters, Directory.GetDirectories(run.PathOf("adapters")).Select(Path.GetFileName).Order());
        Assert.Equal(thinking, File.Exists(run.PathOf("reasons.jsonl")));
        Assert.Equal(experts, File.Exists(run.PathOf(ExpertsFile.FileName)));
        using ReasoningModel model = ThinkRecRun.Load(run, TinyRun.World, ThinkRecRun.Config(run));
        Assert.Equal(experts, model.Decide([BaseRun.MixedUser()]) != null);
        Assert.All(BaseRun.Scores(run), score => Assert.True(double.IsFinite(score)));
    }

    [Fact]
    public void Without_thinking_the_adapter_learns_something_else()
    {
        RunDirectory with = Train("experts.enabled=false"), without = TrainTo("without", "experts.enabled=false", "thinking.enabled=false");

        Assert.NotEqual(Adapter(with), Adapter(without));
    }

    [Fact]
    public void Labels_alone_show_likes_and_dislikes_without_keywords()
    {
        string text = BaseRun.Prompt(Train("experts.enabled=false", "prompt.item=\"\\n{title}{vector}:\"")).Text;

        Assert.Equal((true, true, false), (text.Contains(": Yes\n", StringComparison.Ordinal), text.Contains(": No\n", StringComparison.Ordinal), text.Contains('(')));
    }

    [Fact]
    public void Keywords_alone_show_likes_with_keywords_and_no_answers()
    {
        string text = BaseRun.Prompt(Train("experts.enabled=false", "prompt.history=positiveOnly", "prompt.labels=false")).Text;

        UserState user = BaseRun.MixedUser();
        int likes = user.History.Count(row => TinyRun.World.Interactions[row].Label);
        Assert.DoesNotContain("Yes", text, StringComparison.Ordinal);
        Assert.Equal(likes + 1, text.Count(c => c == '('));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void One_to_six_experts_train_and_serve(int count)
    {
        RunDirectory run = Train($"experts.count={count}", "experts.optimization.stepsPerEpoch=3", "experts.optimization.maxEpochs=1");

        Assert.Equal(count + 1, Directory.GetDirectories(run.PathOf("adapters")).Length);
        Assert.Equal(count, ExpertsFile.Read(run.PathOf(ExpertsFile.FileName)).Sizes.Length);
        double[] scores = BaseRun.Scores(run);
        Assert.All(scores, score => Assert.True(double.IsFinite(score)));
        bool anyLearnt = run.Results().Any(result => result.Stage.StartsWith("group-", StringComparison.Ordinal) && result.BestEpoch > 0); // else all stayed at their start
        Assert.Equal(anyLearnt, !BaseRun.Scores(run, withExperts: false).SequenceEqual(scores));
    }

    [Theory]
    [InlineData("ward")]
    [InlineData("kMeans")]
    public void Either_clustering_puts_every_training_user_into_one_group(string method)
    {
        ExpertsFile experts = ExpertsFile.Read(Train($"experts.clustering={method}", "experts.count=3", "experts.optimization.stepsPerEpoch=2").PathOf(ExpertsFile.FileName));

        string[] users = [.. TinyRun.World.RowsOf(Split.Train).Select(row => TinyRun.World.Users[TinyRun.World.Interactions[row].User]).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(users, experts.Users.SelectMany(group => group).Order(StringComparer.Ordinal));
        Assert.All(experts.Sizes, size => Assert.True(size > 0));
    }

    [Fact]
    public void Another_encoder_can_group_the_users_and_steer_the_gate()
    {
        string other = TrainEncoder("other", embeddingSize: 5);

        RunDirectory run = Train($"experts.groupBy={other}");

        var experts = ExpertsFile.Read(run.PathOf(ExpertsFile.FileName));
        Assert.Equal("lightgcn", experts.Encoder);
        Assert.All(experts.Centroids, centroid => Assert.Equal(5, centroid.Length));
        Directory.Delete(other, recursive: true); // the run keeps a copy
        using ReasoningModel model = ThinkRecRun.Load(run, TinyRun.World, ThinkRecRun.Config(run));
        UserState state = BaseRun.MixedUser();
        using (Torch.TensorScope.Begin())
        {
            Assert.Equal(model.Gate!.Decide(model.GateEncoder!.UserVectors([state]).ToFloats()).Weights, model.Decide([state])![0].Weights);
        }

        Assert.Equal(8, model.Encoder!.VectorSize);
        Assert.NotEqual(BaseRun.Scores(run, withExperts: false), BaseRun.Scores(run));
    }

    [Fact]
    public void A_grouping_encoder_that_is_not_there_is_refused_before_anything_is_written()
    {
        var missing = Assert.Throws<CheckpointException>(() => TrainingInputs.Require(shared.Config(Methods.ThinkRec, "experts.groupBy=nowhere"), TinyRun.World, "none"));

        Assert.Contains("nowhere", missing.Message, StringComparison.Ordinal);
        TrainingInputs.Require(shared.Config(Methods.ThinkRec, "experts.groupBy=nowhere", "experts.enabled=false"), TinyRun.World, "none");
    }

    [Fact]
    public void A_run_can_be_asked_with_another_rule_of_fusion_another_template_and_another_score()
    {
        RunDirectory run = Train();
        FuseMost(run);
        double[] scores = BaseRun.Scores(run);

        foreach (string change in new[] { "experts.fusion=peftLinear05", "experts.fusion=peftLinear09", "prompt.inferenceTemplate=\"Seen:{history}\\n{user_vector}So:{target}\"", "score=yes" })
        {
            double[] changed = BaseRun.Scores(run, true, change);
            Assert.True(changed.Zip(scores).Any(pair => Math.Abs(pair.First - pair.Second) > 1e-6), change);
        }

        Assert.Equal(scores, BaseRun.Scores(run, true, "experts.fusion=exact"));
        var refused = Assert.Throws<ConfigurationException>(() => BaseRun.Scores(run, true, "prompt.historyLength=1"));
        Assert.Contains("prompt.historyLength=1: a trained run can be asked with another prompt.inferenceTemplate, experts.fusion, score", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_template_of_inference_is_read_by_evaluation_and_serving_and_trains_nothing()
    {
        RunDirectory one = Train("experts.enabled=false"), two = TrainTo("two", "experts.enabled=false", "prompt.inferenceTemplate=\"Seen:{history}\\n{user_vector}So:{target}\"");

        Assert.Equal((Adapter(one), TinyRun.Products(one.Folder)[ThinkRecRun.ProjectorFile]), (Adapter(two), TinyRun.Products(two.Folder)[ThinkRecRun.ProjectorFile]));
        Assert.StartsWith("Seen:", BaseRun.Prompt(two).Text, StringComparison.Ordinal);
        double[] asked = BaseRun.Scores(two);
        Assert.Equal(BaseRun.Scores(one, true, "prompt.inferenceTemplate=\"Seen:{history}\\n{user_vector}So:{target}\""), asked);
        Assert.NotEqual(BaseRun.Scores(one), asked);
    }

    // Sets the temperature at which the gate fuses experts for most users of the test split.
    private static void FuseMost(RunDirectory run)
    {
        var experts = ExpertsFile.Read(run.PathOf(ExpertsFile.FileName));
        using ReasoningModel model = ThinkRecRun.Load(run, TinyRun.World, ThinkRecRun.Config(run));
        UserState[] states = [.. TinyRun.World.RowsOf(Split.Test).Select(row => new UserState(TinyRun.World.Interactions[row].User, []))];
        var found = new[] { 0.003, 0.01, 0.03, 0.1, 0.3, 1 }.Select(temperature =>
        {
            model.Gate = model.Gate! with { Temperature = temperature };
            return (Temperature: temperature, Fused: model.Decide(states)!.Count(decision => decision.Branch == GateBranch.Fused));
        }).MaxBy(tried => tried.Fused);
        Assert.True(found.Fused > 0);
        (experts with { Temperature = found.Temperature }).Write(run.PathOf(ExpertsFile.FileName));
    }

    private RunDirectory Train(params string[] changes) => TrainTo("run", changes);

    private RunDirectory TrainTo(string name, params string[] changes) => shared.Train(Methods.ThinkRec, _folder.File(name), changes: changes);

    private static string Adapter(RunDirectory run) => TinyRun.Products(run.Folder)["adapters/global/adapter_model.safetensors"];

    private string TrainEncoder(string name, int embeddingSize)
    {
        var config = new EncoderRunConfig
        {
            Encoder = new EncoderOptions { Method = EncoderMethod.Lightgcn, EmbeddingSize = embeddingSize, Optimization = new() { LearningRate = 0.01, MaxEpochs = 2, ClipNorm = 0, BatchSize = 64 } },
        };
        EncoderRun.Train(RunDirectory.Start(_folder.File(name), Methods.LightGcn, TinyRun.World, config, false, null), TinyRun.World, config, TestContext.Current.CancellationToken);
        return _folder.File(name);
    }
}
