using ThinkRec.Models.Llm;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.Text;
using ThinkRec.Torch;
using ThinkRec.Training.Loop;

namespace ThinkRec.Training.Stages;

/// <summary>The combined loss of plain examples and examples with a reason, mixed freely in one batch.</summary>
/// <remarks>
/// Source: ThinkRec eqs. (4)-(7).
/// Differs from the authors' minigpt4rec_v3.py: an example is "thinking" because it has a reason, not because its answer is long; the words'
/// cross-entropy is averaged within each example first, so that long reasons do not drown the rest; reasons end with the end token.
/// </remarks>
internal sealed class Objective(ReasoningModel model, PromptEncoder prompts, ObjectiveOptions options, int maxReasonTokens)
{
    private const long IgnoredToken = -100;

    /// <summary>Computes the loss of a batch.</summary>
    /// <param name="examples">The batch.</param>
    /// <param name="blend">Adapters, or null.</param>
    /// <param name="withVectors">Whether prompts carry vectors.</param>
    /// <returns>Loss and terms, in the caller's scope.</returns>
    internal StepLoss Compute(IReadOnlyList<Example> examples, AdapterBlend? blend, bool withVectors) =>
        Compute(Prepare(examples, withVectors), blend, null, recompute: false).Loss;

    /// <summary>Encodes a batch; makes no tensors.</summary>
    /// <param name="examples">The batch.</param>
    /// <param name="withVectors">Whether prompts carry vectors.</param>
    /// <returns>The rows of a whole step.</returns>
    internal PreparedBatch Prepare(IReadOnlyList<Example> examples, bool withVectors)
    {
        PreparedRow[] rows = [.. examples.Select(e => Encode(e, withVectors))];
        return new PreparedBatch(rows, rows.Length, rows.Sum(r => r.Prompt.MarkPositions.Length), rows.Sum(r => LossPositions.WordCount(r, options)));
    }

    /// <summary>Computes the loss of a step or of a part of one.</summary>
    /// <param name="batch">Its rows.</param>
    /// <param name="blend">Adapters, or null.</param>
    /// <param name="trunk">Gives the states that the lowest trained layer begins with; null to compute all layers.</param>
    /// <param name="recompute">Whether backward computes the layers again.</param>
    /// <returns>Loss and terms, in the caller's scope.</returns>
    internal PartLoss Compute(PreparedBatch batch, AdapterBlend? blend, TrunkCache? trunk, bool recompute)
    {
        LlamaModel llama = model.LanguageModel.Model;
        PromptBatch collated = batch.Collate(prompts.Tokenizer.PaddingId, llama.Packs(batch.Rows.Max(r => r.Inputs.Length)));
        var places = new LossPositions(batch.Rows, collated, options);
        Tensor embeddings = trunk is null ? model.Embed(collated) : trunk.States(batch, collated); // [B, T, H]
        var context = new DecoderContext { Blend = blend, Lengths = collated.Lengths, FirstLayer = trunk?.Layers ?? 0, Outputs = places.Outputs?.To(model.Device) };
        RecomputedPass? pass = recompute ? new RecomputedPass(llama, embeddings, context) : null;
        Tensor hidden = pass?.Hidden ?? llama.Forward(embeddings, context); // [B, T, H], or [outputs, H]
        var terms = new List<(string, Tensor)>();
        Tensor loss = Answers(hidden, batch, places, terms);
        loss = Words(hidden, batch, places, terms) is Tensor words ? loss + words : loss;
        if (options.History > 0 && places.Marks.Length > 0)
        {
            Tensor history = History(hidden, batch, places);
            double share = (double)places.Marks.Length / batch.StepMarks;
            history = Shared(history, share);
            terms.Add(("history", history.Detach()));
            loss = loss + history.Mul(options.History);
        }

        return new PartLoss(new StepLoss(loss, terms, batch.Rows.Sum(r => r.Inputs.Length)), pass);
    }

    private PreparedRow Encode(Example example, bool withVectors)
    {
        EncodedPrompt prompt = prompts.Encode(example.State, example.Item, withVectors);
        var answer = new List<int> { example.Label ? prompts.YesId : prompts.NoId };
        if (example.Reason is string reason)
        {
            // A reason that must be cut gets no end token: the model shall not learn to stop in the middle.
            List<int> words = [];
            prompts.Tokenizer.Encode(". " + UntrustedText.Clean(reason, maxReasonTokens * 16), words, continues: true);
            answer.AddRange(words.Take(maxReasonTokens));
            if (options.EndToken && words.Count <= maxReasonTokens)
            {
                answer.Add(prompts.Tokenizer.EndId);
            }
        }

        // The last token predicts nothing, so it is not an input.
        return new PreparedRow(example, prompt, [.. prompt.TokenIds, .. answer.SkipLast(1)], [.. answer], prompts.MarkLabels(example.State));
    }

    private Tensor Answers(Tensor hidden, PreparedBatch batch, LossPositions places, List<(string, Tensor)> terms)
    {
        float[] labels = [.. batch.Rows.Select(r => r.Example.Label ? 1f : 0f)];
        float[] weights = [.. batch.Rows.Select(r => (float)(r.Example.Reason is null ? options.Theta : options.Alpha) / batch.StepRows)];
        Tensor each = Losses.BinaryCrossEntropyEach(model.Scores(hidden, places.Indices(places.Answers)), Floats(labels));
        terms.Add(("answer", Shared(each.Detach().Mean(), batch.Share)));
        return (each * Floats(weights)).Sum();
    }

    private Tensor? Words(Tensor hidden, PreparedBatch batch, LossPositions places, List<(string, Tensor)> terms)
    {
        if (places.Words.Count == 0)
        {
            return null;
        }

        long[] targets = [.. places.Words.Select(w => w.Token == prompts.Tokenizer.PlaceholderId ? IgnoredToken : w.Token)];
        float[] weights = [.. places.Words.Select(w => (float)(w.Weight / batch.StepRows))];
        Tensor index = places.Indices([.. places.Words.Select(w => w.Flat)]).To(model.Device);
        Tensor states = hidden.Reshape(-1, hidden.Size(-1)).IndexSelect(0, index); // [N, H]
        (Tensor total, Tensor each) = Losses.HeadCrossEntropy(
            states, model.LanguageModel.Model.HeadWeight, Tensor.From(targets, targets.Length).To(model.Device), Floats(weights));
        terms.Add(("words", Shared(each.Mean(), (double)places.Words.Count / batch.StepWords)));
        return total;
    }

    private Tensor History(Tensor hidden, PreparedBatch batch, LossPositions places)
    {
        float[] labels = [.. batch.Rows.SelectMany(r => r.MarkLabels).Select(l => l ? 1f : 0f)];
        return Losses.BinaryCrossEntropyWithLogits(model.Scores(hidden, places.Indices(places.Marks)), Floats(labels));
    }

    private static Tensor Shared(Tensor mean, double share) => share == 1 ? mean : mean.Mul(share);

    private Tensor Floats(float[] values) => Tensor.From(values, values.Length).To(model.Device);
}
