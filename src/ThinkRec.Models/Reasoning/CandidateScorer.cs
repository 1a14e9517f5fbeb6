using ThinkRec.Models.Llm;
using ThinkRec.Nn;
using ThinkRec.Text;
using ThinkRec.Torch;

namespace ThinkRec.Models.Reasoning;

/// <summary>One user and the items to score.</summary>
/// <param name="State">The user at the moment of the question.</param>
/// <param name="Items">Dense indices of the candidates.</param>
public sealed record ScoreRequest(UserState State, int[] Items);

/// <summary>Scores candidates, one forward pass each; evaluation and serving both call this class, so their numbers agree.</summary>
/// <param name="model">The model, borrowed.</param>
public sealed class CandidateScorer(ReasoningModel model)
{
    private const int MaxTokensPerBatch = 12_000;
    private const int MaxRowsPerBatch = 64;

    /// <summary>Scores every candidate of every request.</summary>
    /// <param name="requests">Users with candidates.</param>
    /// <param name="onProgress">Called with the number of requests done; null for none.</param>
    /// <param name="cancellation">Stops between two batches.</param>
    /// <returns>For each request the candidates' scores (log-odds of Yes), in their order.</returns>
    public double[][] Score(IReadOnlyList<ScoreRequest> requests, Action<int>? onProgress = null, CancellationToken cancellation = default)
    {
        using var inference = NoGrad.Begin();
        var scores = requests.Select(r => new double[r.Items.Length]).ToArray();
        int done = 0;
        foreach (int index in Enumerable.Range(0, requests.Count).Where(i => requests[i].Items.Length > 1))
        {
            cancellation.ThrowIfCancellationRequested();
            scores[index] = ScoreSharingPrefix(requests[index]);
            onProgress?.Invoke(++done);
        }

        foreach ((int Index, EncodedPrompt Prompt)[] batch in SingleBatches(requests))
        {
            cancellation.ThrowIfCancellationRequested();
            float[] values = ScoreWhole(batch, requests);
            for (int i = 0; i < batch.Length; i++)
            {
                scores[batch[i].Index][0] = values[i];
            }

            onProgress?.Invoke(done += batch.Length);
        }

        return scores;
    }

    private IEnumerable<(int Index, EncodedPrompt Prompt)[]> SingleBatches(IReadOnlyList<ScoreRequest> requests)
    {
        // Prompts are encoded in windows, so that memory does not grow with the number of requests.
        foreach (int[] window in Enumerable.Range(0, requests.Count).Where(i => requests[i].Items.Length == 1).Chunk(4096))
        {
            var prompts = window.Select(i => (Index: i, Prompt: model.Prompts.Encode(requests[i].State, requests[i].Items[0], model.UsesVectors)))
                .OrderBy(p => p.Prompt.TokenIds.Length).ToArray();
            int start = 0;
            while (start < prompts.Length)
            {
                int count = 1;
                while (count < MaxRowsPerBatch && start + count < prompts.Length
                    && (count + 1) * prompts[start + count].Prompt.TokenIds.Length <= MaxTokensPerBatch)
                {
                    count++;
                }

                yield return prompts[start..(start + count)];
                start += count;
            }
        }
    }

    private float[] ScoreWhole((int Index, EncodedPrompt Prompt)[] rows, IReadOnlyList<ScoreRequest> requests)
    {
        using var scope = TensorScope.Begin();
        UserState[] states = [.. rows.Select(r => requests[r.Index].State)];
        var batch = Collate([.. rows.Select(r => r.Prompt)], states);
        Tensor? users = model.UserVectors(states);
        using AdapterBlend? blend = model.Blend(model.Decide(states, users));
        Tensor hidden = model.LanguageModel.Model.Forward(model.Embed(batch, users), new DecoderContext { Blend = blend, Outputs = batch.LastPositions().To(model.Device) }); // [B, H]
        return model.Scores(hidden, Tensor.Arange(rows.Length)).ToFloats();
    }

    private double[] ScoreSharingPrefix(ScoreRequest request)
    {
        using var scope = TensorScope.Begin();
        LlamaModel llama = model.LanguageModel.Model;
        Tensor? user = model.UserVectors([request.State]);
        GateDecision[]? decisions = model.Decide([request.State], user);
        using var cache = new KvCache(llama.Config.NumHiddenLayers);
        using AdapterBlend? prefixBlend = model.Blend(decisions);
        var prefix = Collate([model.Prompts.EncodePrefix(request.State, model.UsesVectors)], [request.State]);
        _ = llama.Forward(model.Embed(prefix, user), new DecoderContext { Cache = cache, Blend = prefixBlend });
        var scores = new List<double>();
        int perBatch = Math.Max(1, MaxTokensPerBatch / (prefix.Length + model.Prompts.Options.MaxTextTokens));
        foreach (int[] items in request.Items.Chunk(Math.Min(perBatch, MaxRowsPerBatch)))
        {
            using var inner = TensorScope.Begin();
            UserState[] states = [.. Enumerable.Repeat(request.State, items.Length)];
            var endings = Collate([.. items.Select(i => model.Prompts.EncodeEnding(i, model.UsesVectors))], states);
            using KvCache rows = cache.Repeat(items.Length);
            using AdapterBlend? blend = model.Blend(decisions is null ? null : [.. Enumerable.Repeat(decisions[0], items.Length)]);
            Tensor hidden = llama.Forward(model.Embed(endings, user?.Expand(items.Length, user.Size(1))), new DecoderContext { Cache = rows, Blend = blend });
            scores.AddRange(model.Scores(hidden, endings.LastPositions()).ToFloats().Select(s => (double)s));
        }

        return [.. scores];
    }

    private PromptBatch Collate(IReadOnlyList<EncodedPrompt> prompts, IReadOnlyList<UserState> states) => new(
        [.. prompts.Select(p => p.TokenIds)], [.. prompts.Select(p => p.Vectors)], states, model.Prompts.Tokenizer.PaddingId);
}
