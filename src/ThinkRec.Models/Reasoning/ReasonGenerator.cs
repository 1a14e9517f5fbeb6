using ThinkRec.Models.Llm;
using ThinkRec.Nn;
using ThinkRec.Text;
using ThinkRec.Torch;

namespace ThinkRec.Models.Reasoning;

/// <summary>Lets the model say why: the answer token is the score's, the words after it are generated.</summary>
/// <param name="model">The model, borrowed.</param>
public sealed class ReasonGenerator(ReasoningModel model)
{
    /// <summary>Generates a reason for a given answer.</summary>
    /// <param name="state">The user.</param>
    /// <param name="item">Dense index of the target.</param>
    /// <param name="answer">The answer that the score gave.</param>
    /// <param name="options">How to generate; the end tokens are added to its stop tokens.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    /// <returns>The reason, without the answer word.</returns>
    public string Generate(in UserState state, int item, bool answer, GenerationOptions options, CancellationToken cancellation = default)
    {
        using var inference = NoGrad.Begin();
        using var scope = TensorScope.Begin();
        EncodedPrompt prompt = model.Prompts.Encode(state, item, model.UsesVectors);
        int[] ids = [.. prompt.TokenIds, answer ? model.Prompts.YesId : model.Prompts.NoId];
        var batch = new PromptBatch([ids], [prompt.Vectors], [state], model.Prompts.Tokenizer.PaddingId);
        Tensor? user = model.UserVectors([state]);
        using AdapterBlend? blend = model.Blend(model.Decide([state], user));
        GenerationOptions stopping = options with { StopTokens = [.. options.StopTokens, .. model.LanguageModel.EndIds] };
        int[] tokens = TextGenerator.Generate(model.LanguageModel.Model, model.Embed(batch, user), blend, stopping, cancellation: cancellation);
        return model.Prompts.Tokenizer.Decode(tokens).TrimStart('.', ' ').Trim();
    }
}
