using ThinkRec.TestKit;

namespace ThinkRec.Torch.Tests;

public sealed class GeneratorTests : TensorTest
{
    [Fact]
    public void A_restored_state_gives_the_same_numbers_again()
    {
        using var own = new Generator(11);

        foreach (Generator generator in new[] { own, Generator.Default })
        {
            Draw(generator);
            byte[] state = generator.GetState();
            float[] first = Draw(generator), second = Draw(generator);

            generator.SetState(state);

            Assert.Equal(first, Draw(generator));
            Assert.Equal(second, Draw(generator));
            Assert.NotEqual(first, second);
        }
    }

    [Fact]
    public void Operators_without_a_generator_draw_from_the_default_one()
    {
        Engine.ManualSeed(5);
        float[] byName = Draw(Generator.Default);

        Engine.ManualSeed(5);

        Assert.Equal(byName, Draw(null));
    }

    [Fact]
    public void Own_generators_leave_the_default_one_alone()
    {
        using var own = new Generator(1);
        Engine.ManualSeed(9);
        float[] expected = Draw(null);

        Engine.ManualSeed(9);
        Draw(own);

        Assert.Equal(expected, Draw(null));
    }

    [Fact]
    public void Seeding_again_starts_the_sequence_again()
    {
        using var generator = new Generator(1);
        float[] first = Draw(generator);

        generator.Seed(1);

        Assert.Equal(first, Draw(generator));
        generator.Seed(-1);
        Assert.NotEqual(first, Draw(generator));
    }

    [Fact]
    public void A_state_of_the_wrong_size_is_refused()
    {
        using var generator = new Generator(1);
        float[] first = Draw(generator);
        generator.Seed(1);

        Assert.Contains("restore generator state", Assert.Throws<TorchException>(() => generator.SetState([1, 2, 3])).Message, StringComparison.Ordinal);
        Assert.Equal(first, Draw(generator));
    }

    private static float[] Draw(Generator? generator)
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Zeros([5]);
        x.NormalInPlace(0, 1, generator);
        return x.ToArray<float>();
    }
}
