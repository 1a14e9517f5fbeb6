namespace ThinkRec.Models.Llm.Families;

/// <summary>The families that are built.</summary>
public static class DecoderFamilies
{
    /// <summary>Every family.</summary>
    public static IReadOnlyList<DecoderFamily> All { get; } =
        [LlamaFamily.Family, MistralFamily.Family, Qwen2Family.Family, Qwen3Family.Family, SmolLm3Family.Family];

    /// <summary>Finds a family.</summary>
    /// <param name="modelType">The <c>model_type</c> of a config.</param>
    /// <returns>The family; null when it is not built.</returns>
    public static DecoderFamily? Find(string modelType) => All.FirstOrDefault(family => family.ModelType == modelType);
}
