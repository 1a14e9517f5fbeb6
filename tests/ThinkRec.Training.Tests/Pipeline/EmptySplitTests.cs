using ThinkRec.Data;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Evaluation;
using ThinkRec.Training.Pipeline;

namespace ThinkRec.Training.Tests.Pipeline;

public sealed class EmptySplitTests
{
    [Fact]
    public void A_split_without_rows_is_not_scored()
    {
        var problem = Assert.Throws<ConfigurationException>(() => RunEvaluation.RowsOf(Only(Split.Train), Split.Test));

        Assert.Equal("dataset 'built-in' has 1 problem: split test has no rows; choose another with --split.", problem.Message);
    }

    [Fact]
    public void Nothing_is_trained_without_training_rows()
    {
        var problem = Assert.Throws<ConfigurationException>(() => TrainingInputs.Require(TinyRun.Config, Only(Split.Valid), "none"));

        Assert.Contains("split train has no rows", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whole_inputs_are_accepted_without_a_note() => Assert.Empty(TrainingInputs.Require(TinyRun.Config, TinyRun.World, "none"));

    private static Dataset Only(Split split) => new()
    {
        Card = TinyRun.World.Card,
        Users = TinyRun.World.Users,
        Items = TinyRun.World.Items,
        ItemTexts = TinyRun.World.ItemTexts,
        Interactions = [.. TinyRun.World.Interactions.Where(row => row.Split == split)],
    };
}
