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
    /// <summary>Computes the loss of a batch, or of a part of one, such that the parts' losses add up to the batch's.</summary>
    /// <param name="examples">The batch, or its part.</param>
    /// <param name="blend">Adapters, or null.</param>
    /// <param name="withVectors">Whether prompts carry vectors.</param>
    /// <param name="whole">The whole batch, where the examples are a part of it.</param>
    /// <returns>Loss and terms, in the caller's scope. Terms are weighed by the part's share of the batch.</returns>
    internal StepLoss Compute(IReadOnlyList<Example> examples, AdapterBlend? blend, bool withVectors, IReadOnlyList<Example>? whole = null)
    {
        whole ??= examples;
        double share = (double)examples.Count / whole.Count;
        Row[] rows = [.. examples.Select(e => Encode(e, withVectors))];
        var batch = new PromptBatch(
            [.. rows.Select(r => r.Inputs)], [.. rows.Select(r => r.Prompt.Vectors)], [.. examples.Select(e => e.State)], prompts.Tokenizer.PaddingId);
        LlamaModel llama = model.LanguageModel.Model;
        Tensor hidden = llama.Forward(model.Embed(batch), new DecoderContext { Blend = blend }); // [B, T, H]
        var terms = new List<(string, Tensor)>();
        Tensor loss = (Answers(hidden, rows, batch, terms) + Words(hidden, rows, batch, terms)).Mul(share);
        terms = [.. terms.Select(term => (term.Item1, term.Item2.Mul(share)))];
        if (options.History > 0 && rows.Any(r => r.Prompt.MarkPositions.Length > 0))
        {
            Tensor history = History(hidden, rows, batch).Mul((double)Marks(examples) / Marks(whole));
            terms.Add(("history", history.Detach()));
            loss = loss + history.Mul(options.History);
        }

        return new StepLoss(loss, terms, rows.Sum(r => r.Inputs.Length));
    }

    private Row Encode(Example example, bool withVectors)
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
        return new Row(example, prompt, [.. prompt.TokenIds, .. answer.SkipLast(1)], [.. answer], prompts.MarkLabels(example.State));
    }

    private Tensor Answers(Tensor hidden, Row[] rows, PromptBatch batch, List<(string, Tensor)> terms)
    {
        long[] positions = [.. rows.Select((r, i) => ((long)i * batch.Length) + r.Prompt.Length - 1)];
        float[] labels = [.. rows.Select(r => r.Example.Label ? 1f : 0f)];
        float[] weights = [.. rows.Select(r => (float)(r.Example.Reason is null ? options.Theta : options.Alpha) / rows.Length)];
        Tensor each = Losses.BinaryCrossEntropyEach(model.Scores(hidden, Tensor.From(positions, rows.Length)), Floats(labels));
        terms.Add(("answer", each.Detach().Mean()));
        return (each * Floats(weights)).Sum();
    }

    private Tensor Words(Tensor hidden, Row[] rows, PromptBatch batch, List<(string, Tensor)> terms)
    {
        var positions = new List<long>();
        var targets = new List<long>();
        var weights = new List<float>();
        for (int i = 0; i < rows.Length; i++)
        {
            Row row = rows[i];
            double weight = row.Example.Reason is null ? options.Gamma : options.Beta;
            AddTargets(row.Answer, row.Prompt.Length - 1, weight / row.Answer.Length);
            if (options.Prompt > 0)
            {
                int[] next = row.Prompt.TokenIds[1..];
                AddTargets(next, 0, options.Prompt / next.Length);
            }

            void AddTargets(int[] tokens, int first, double each)
            {
                for (int j = 0; j < tokens.Length; j++)
                {
                    positions.Add(((long)i * batch.Length) + first + j);
                    targets.Add(tokens[j] == prompts.Tokenizer.PlaceholderId ? IgnoredToken : tokens[j]);
                    weights.Add((float)(each / rows.Length));
                }
            }
        }

        Tensor index = Tensor.From([.. positions], positions.Count).To(model.Device);
        Tensor logits = model.LanguageModel.Model.Logits(hidden.Reshape(-1, hidden.Size(-1)).IndexSelect(0, index)); // [N, V]
        Tensor cross = Losses.TokenCrossEntropyEach(logits.To(DType.Float32), Tensor.From([.. targets], targets.Count).To(model.Device));
        terms.Add(("words", cross.Detach().Mean()));
        return (cross * Floats([.. weights])).Sum();
    }

    private Tensor History(Tensor hidden, Row[] rows, PromptBatch batch)
    {
        long[] positions = [.. rows.SelectMany((r, i) => r.Prompt.MarkPositions.Select(p => ((long)i * batch.Length) + p))];
        float[] labels = [.. rows.SelectMany(r => r.MarkLabels).Select(l => l ? 1f : 0f)];
        return Losses.BinaryCrossEntropyWithLogits(model.Scores(hidden, Tensor.From(positions, positions.Length)), Floats(labels));
    }

    /// <summary>Items in the examples' prompts that have a label, each of which weighs the same.</summary>
    private int Marks(IReadOnlyList<Example> examples) => examples.Sum(e => prompts.MarkLabels(e.State).Length);

    private Tensor Floats(float[] values) => Tensor.From(values, values.Length).To(model.Device);

    private const long IgnoredToken = -100;

    private sealed record Row(Example Example, EncodedPrompt Prompt, int[] Inputs, int[] Answer, bool[] MarkLabels);
}
