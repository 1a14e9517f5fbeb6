using ThinkRec.Models.Tests.Llm;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.TestKit;
using ThinkRec.Text;
using ThinkRec.Torch;

namespace ThinkRec.Models.Tests.Reasoning;

/// <summary>An item of the history carries the vectors of its own moment; each moment is asked for once.</summary>
public sealed class RowVectorsTests : TensorTest
{
    [Fact]
    public void Items_of_the_history_know_their_row_and_the_target_has_none()
    {
        EncodedPrompt prompt = TinyWorld.Prompts().Encode(TinyWorld.State(1), 3, withVectors: true);
        Assert.Equal([0, 1, 2, 3, 4, null], prompt.Vectors.Where(v => v.Kind == VectorKind.Item).Select(v => v.Row));
    }

    [Fact]
    public void A_state_before_a_row_ends_where_the_row_begins()
    {
        UserState state = TinyWorld.Prompts().StateBefore(3, 2);
        Assert.Equal([1, 2], state.History);
        Assert.Equal((3, 3L, true), (state.Row, state.Time, state.OutOfFold)); // row 3 is a training row, at second 3
    }

    [Fact]
    public void What_came_of_an_item_of_the_history_is_not_in_its_vectors()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(21);
        var encoder = new CountingEncoder();
        using var model = new ReasoningModel(TinyModel.Create(20), TinyWorld.Prompts(), ownsEncoder: false)
        {
            Encoder = encoder,
            Projector = new Projector(new WeightPath(new FreshWeights(generator)), TinyWorld.VectorSize, TinyModel.Config.HiddenSize),
        };
        UserState state = TinyWorld.State(1);
        EncodedPrompt prompt = model.Prompts.Encode(state, 3, withVectors: true);
        var batch = new PromptBatch([prompt.TokenIds], [prompt.Vectors], [state], model.Prompts.Tokenizer.PaddingId);
        model.Embed(batch);
        Assert.Equal([0, 1, 2, 3, 4, 5], encoder.Asked.Where(s => s.User == 1).Select(s => s.History.Length).Order());
        Assert.All(encoder.Asked.Where(s => s.Row is not null), s => Assert.DoesNotContain(s.Row!.Value, s.History));

        int before = encoder.Asked.Count;
        model.Embed(batch);
        Assert.Equal(before + 1, encoder.Asked.Count); // the target's state has no row; the others are remembered
    }

    [Fact]
    public void A_remembered_vector_is_the_same_whatever_was_asked_before()
    {
        float[] Vectors(params int[] rows)
        {
            using var scope = TensorScope.Begin();
            var vectors = new RowVectors(new CountingEncoder(), TinyWorld.Prompts());
            return [.. rows.SelectMany(row => vectors.Of([row]).ToFloats())];
        }

        float[] forward = Vectors(0, 3, 6);
        float[] backward = Vectors(6, 3, 0);
        Assert.Equal(forward[..TinyWorld.VectorSize], backward[^TinyWorld.VectorSize..]);
        Assert.Equal(forward[^TinyWorld.VectorSize..], backward[..TinyWorld.VectorSize]);
    }

    /// <summary>A user's vector counts the history, so that moments differ.</summary>
    private sealed class CountingEncoder : ICollaborativeEncoder
    {
        public List<UserState> Asked { get; } = [];

        public string Name => "counting";

        public int VectorSize => TinyWorld.VectorSize;

        public int HistoryLength => 100;

        public Tensor UserVectors(IReadOnlyList<UserState> states)
        {
            Asked.AddRange(states);
            return Tensor.From([.. states.SelectMany(s => new float[] { s.User, s.History.Length, s.History.Sum(), 1 })], states.Count, VectorSize);
        }

        public Tensor ItemVectors(IReadOnlyList<int> items) => Tensor.From([.. items.SelectMany(FixedEncoder.ItemVector)], items.Count, VectorSize);

        public void Dispose()
        {
        }
    }
}
