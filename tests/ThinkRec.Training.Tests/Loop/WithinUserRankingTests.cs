using ThinkRec.TestKit;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Tests.Encoders;

namespace ThinkRec.Training.Tests.Loop;

[Collection(SeededEngine.Name)]
public sealed class WithinUserRankingTests : TensorTest
{
    [Fact]
    public void It_is_the_mean_over_groups_of_the_mean_over_pairs()
    {
        using var scope = TensorScope.Begin();
        Tensor scores = Tensor.From([1f, -0.5f, 2, 0.25f, 7], 5);
        (int, bool)[] rows = [(0, true), (0, false), (0, false), (1, true), (1, false)];

        Tensor? loss = WithinUserRanking.Loss(scores, rows);

        double first = (Softplus(-1.5) + Softplus(1)) / 2; // like 1 beside dislikes -0.5 and 2
        Assert.Equal((first + Softplus(6.75)) / 2, loss!.ToDouble(), 1e-5);

        static double Softplus(double x) => Math.Log(1 + Math.Exp(x));
    }

    [Fact]
    public void What_a_user_adds_to_all_rows_changes_nothing()
    {
        using var scope = TensorScope.Begin();
        (int, bool)[] rows = [(0, true), (0, false), (1, false), (1, true)];

        double plain = WithinUserRanking.Loss(Tensor.From([0.3f, 0.1f, -1, 2], 4), rows)!.ToDouble();
        double raised = WithinUserRanking.Loss(Tensor.From([5.3f, 5.1f, -4, -1], 4), rows)!.ToDouble();

        Assert.Equal(plain, raised, 1e-5);
    }

    [Fact]
    public void Groups_with_one_label_have_no_pair()
    {
        using var scope = TensorScope.Begin();
        Assert.Null(WithinUserRanking.Loss(Tensor.From([0.3f, 0.1f, 4], 3), [(0, true), (0, true), (1, false)]));
    }
}
