using ThinkRec.Torch;

namespace ThinkRec.GpuCheck;

/// <summary>Logits that both sides compute from the same files.</summary>
/// <param name="Name">Name in both sides' results: <c>model/NAME/DTYPE</c> or <c>adapter/NAME</c>.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="DType">Type of the model's weights.</param>
/// <param name="Adapter">Name of the adapter, if one acts.</param>
/// <param name="Against">What the logits are held against.</param>
internal sealed record ParityCase(string Name, string Model, DType DType, string? Adapter, IReadOnlyList<string> Against)
{
    /// <summary>Written out in theirs.py from the papers, without any library's model.</summary>
    internal const string Plain = "plain PyTorch";

    internal const string Transformers = "transformers";
    internal const string Peft = "peft";

    /// <summary>Adapters that theirs.py lets peft make.</summary>
    private static readonly string[] MadeByPeft = ["peft-patterns", "peft-stabilized"];

    /// <summary>Every case, whether or not this machine can compute it.</summary>
    internal static IReadOnlyList<ParityCase> All { get; } =
    [
        .. TinyModels.All.Keys.SelectMany(model => new[] { ("fp32", DType.Float32), ("bf16", DType.BFloat16) }
            .Select(type => new ParityCase($"model/{model}/{type.Item1}", model, type.Item2, null, [Plain, Transformers]))),
        .. TinyAdapters.Ours.Keys.Append("fused").Select(adapter => new ParityCase($"adapter/{adapter}", TinyModels.Adapted, DType.Float32, adapter, [Plain, Peft])),
        .. MadeByPeft.Select(adapter => new ParityCase($"adapter/{adapter}", TinyModels.Adapted, DType.Float32, adapter, [Peft])),
        new ParityCase("merged/plain", TinyModels.Adapted, DType.Float32, "plain", [Plain, Transformers]),
    ];
}
