namespace ThinkRec.Models.Llm.Families;

/// <summary>Llama 2, 3, 3.1 and 3.2, SmolLM2, TinyLlama, and all that calls itself <c>llama</c>: the plain decoder.</summary>
/// <remarks>Source: arXiv 2302.13971, 2307.09288, 2407.21783.</remarks>
internal static class LlamaFamily
{
    internal static DecoderFamily Family { get; } = new() { ModelType = "llama", Architecture = "LlamaForCausalLM" };
}
