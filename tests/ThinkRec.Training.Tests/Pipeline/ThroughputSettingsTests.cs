using ThinkRec.TestKit;
using ThinkRec.Training.Encoders;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Tests.Encoders;

namespace ThinkRec.Training.Tests.Pipeline;

/// <summary>Settings that change how a training computes, not what.</summary>
[Collection(SeededEngine.Name)]
public sealed class ThroughputSettingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Where_states_are_kept_and_whether_layers_are_computed_again_changes_no_bit()
    {
        ThinkRecConfig config = TinyRun.Config;
        Dictionary<string, string> memory = Trained("memory", config);

        Dictionary<string, string> nothing = Trained("nothing", config with { Experts = config.Experts with { CacheMiB = 0 } });
        Dictionary<string, string> disk = Trained("disk", config with
        {
            Experts = config.Experts with { CacheMiB = 0, CacheDiskMiB = 64, Optimization = config.Experts.Optimization with { Recompute = true } },
            Thinking = config.Thinking with { Optimization = config.Thinking.Optimization with { Recompute = true } },
            Projector = config.Projector with { Optimization = config.Projector.Optimization with { Recompute = true } },
        });

        Assert.Equal(memory, nothing);
        Assert.Equal(memory, disk);
        Assert.False(File.Exists(_folder.File("disk/cache/trunk.bin")));
    }

    [Fact]
    public void A_run_of_many_parts_a_step_is_trained_as_well()
    {
        ThinkRecConfig config = TinyRun.Config;
        static OptimizationOptions Parts(OptimizationOptions options) => options with { Accumulate = 4, Recompute = true };

        Dictionary<string, string> products = Trained("parts", config with
        {
            Llm = config.Llm with { Pretrain = config.Llm.Pretrain with { Language = Parts(config.Llm.Pretrain.Language), Behaviour = Parts(config.Llm.Pretrain.Behaviour) } },
            Thinking = config.Thinking with { Optimization = Parts(config.Thinking.Optimization) },
            Projector = config.Projector with { Optimization = Parts(config.Projector.Optimization) },
            Experts = config.Experts with { Optimization = Parts(config.Experts.Optimization) },
        });

        Assert.Contains("projector.safetensors", products.Keys);
    }

    [Fact]
    public void Settings_that_cannot_be_are_refused()
    {
        Assert.Contains("accumulate is 0, expected at least 1", new OptimizationOptions { Accumulate = 0 }.Problems());
        Assert.Contains("accumulate 17 exceeds batchSize 16: a part would have no row", new OptimizationOptions { Accumulate = 17 }.Problems());
        Assert.Contains("cacheMiB is -1 and cacheDiskMiB 0, expected at least 0", new ExpertOptions { CacheMiB = -1 }.Problems());
        Assert.Contains(new EncoderOptions { Optimization = new() { Accumulate = 2 } }.Problems(), p => p.StartsWith("optimization.accumulate", StringComparison.Ordinal));
        Assert.Contains(new EncoderOptions { Optimization = new() { Recompute = true } }.Problems(), p => p.StartsWith("optimization.accumulate", StringComparison.Ordinal));
        Assert.Empty(new EncoderOptions { Optimization = new() }.Problems());
    }

    private Dictionary<string, string> Trained(string name, ThinkRecConfig config)
    {
        TinyRun.Train(_folder.File(name), resume: false, null, TestContext.Current.CancellationToken, config);
        return TinyRun.Products(_folder.File(name)).Where(p => p.Key != "resolved.yaml").ToDictionary(p => p.Key, p => p.Value);
    }
}
