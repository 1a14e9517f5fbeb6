using ThinkRec.Nn;
using ThinkRec.TestKit;
using ThinkRec.Torch;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Tests.Loop;

/// <summary>The last checkpoint and the one before, and what happens to a training when they are damaged.</summary>
public sealed class TrainerCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Last => _folder.File("scripted.safetensors");

    private string Before => _folder.File("scripted.before.safetensors");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("whole", 3)]
    [InlineData("flipped", 2)]
    [InlineData("cut", 2)]
    [InlineData("empty", 2)]
    [InlineData("gone", 2)]
    public void A_damaged_checkpoint_gives_way_to_the_one_before_and_the_end_is_the_same(string damage, int epoch)
    {
        using var scope = TensorScope.Begin();
        using ScriptedStage undisturbed = Stage();
        undisturbed.Fit();
        TrainTo(3);
        Assert.Equal([Before, Last], Directory.GetFiles(_folder.FullPath).Order(StringComparer.Ordinal));
        Damage(Last, damage);
        var notes = new ScriptedStage.Notes();
        using ScriptedStage resumed = Stage();

        TrainerState paused = resumed.Fit(Last, notes, untilEpoch: 0);
        Assert.Equal(epoch, paused.Epoch);
        TrainerState state = resumed.Fit(Last);

        Assert.Equal((6, 4, undisturbed.Value), (state.Epoch, state.BestEpoch, resumed.Value));
        if (damage is "whole" or "gone")
        {
            Assert.Empty(notes.Texts);
        }
        else
        {
            string note = Assert.Single(notes.Texts);
            Assert.StartsWith($"{Last} is damaged (", note, StringComparison.Ordinal);
            Assert.EndsWith("The checkpoint before it is used: stage scripted goes on from step 8.", note, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("flipped")]
    [InlineData("cut")]
    public void A_damaged_checkpoint_does_not_take_the_place_of_the_one_before(string damage)
    {
        using var scope = TensorScope.Begin();
        TrainTo(3);
        Damage(Last, damage);
        using (ScriptedStage resumed = Stage())
        {
            resumed.Fit(Last, untilEpoch: 3); // writes one more
        }

        Damage(Last, damage);
        using ScriptedStage again = Stage();

        Assert.Equal(2, again.Fit(Last, untilEpoch: 0).Epoch);
    }

    [Fact]
    public void Two_damaged_checkpoints_are_one_error_with_both_names_and_a_remedy()
    {
        using var scope = TensorScope.Begin();
        TrainTo(3);
        Damage(Last, "flipped");
        Damage(Before, "cut");
        using ScriptedStage resumed = Stage();

        var refused = Assert.Throws<CheckpointException>(() => resumed.Fit(Last));

        Assert.StartsWith($"{Last} is damaged (", refused.Message, StringComparison.Ordinal);
        Assert.Contains($", and {Before} is damaged (", refused.Message, StringComparison.Ordinal);
        Assert.EndsWith("Delete both and resume: the stage starts again from its beginning.", refused.Message, StringComparison.Ordinal);
        File.Delete(Before);
        Assert.Contains("Delete it and resume", Assert.Throws<CheckpointException>(() => resumed.Fit(Last)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_another_training_is_no_damage()
    {
        using var scope = TensorScope.Begin();
        TrainTo(3);
        using ScriptedStage resumed = Stage();

        Assert.Throws<ConfigurationException>(() => resumed.Fit(Last, identity: "another"));
        Assert.True(File.Exists(Last));
    }

    [Fact]
    public void Best_weights_are_in_the_file_exactly_when_there_are_some()
    {
        using var scope = TensorScope.Begin();
        using (ScriptedStage stage = Stage())
        {
            stage.Fit(Last, untilEpoch: 1, interval: TimeSpan.Zero);
        }

        using SafetensorsFile first = SafetensorsFile.Open(Before), second = SafetensorsFile.Open(Last);

        Assert.Equal(("none", "stored"), (first.Metadata["best"], second.Metadata["best"]));
        Assert.Equal((false, true), (first.Contains("best/w"), second.Contains("best/w")));
    }

    private static ScriptedStage Stage() => new()
    {
        Options = new() { LearningRate = 0.1, MaxEpochs = 6, Patience = 6 },
        Script = [.. new[] { 0.5, 0.6, 0.55, 0.7, 0.6, 0.6 }.Select(auc => ScriptedStage.Metrics(("auc", auc)))],
    };

    private void TrainTo(int epoch)
    {
        using ScriptedStage stage = Stage();
        stage.Fit(Last, untilEpoch: epoch);
    }

    private static void Damage(string path, string how)
    {
        byte[] bytes = File.ReadAllBytes(path);
        switch (how)
        {
            case "flipped":
                bytes[^3] ^= 1;
                File.WriteAllBytes(path, bytes);
                break;
            case "cut":
                File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
                break;
            case "empty":
                File.WriteAllBytes(path, []);
                break;
            case "gone":
                File.Delete(path);
                break;
            default:
                break;
        }
    }
}
