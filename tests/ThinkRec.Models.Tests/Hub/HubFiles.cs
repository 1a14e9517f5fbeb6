using System.Text;
using ThinkRec.TestKit;

namespace ThinkRec.Models.Tests.Hub;

/// <summary>Repositories in small.</summary>
internal static class HubFiles
{
    public static byte[] Weights { get; } = [.. Enumerable.Range(0, 50_000).Select(i => (byte)(i * 7 / 3))];

    public static string[] WantedOfSharded { get; } =
    [
        "README.md", "chat_template.jinja", "config.json", "model.safetensors.index.json", "tokenizer.json",
        "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
    ];

    public static Dictionary<string, byte[]> Single() => new(StringComparer.Ordinal)
    {
        ["config.json"] = Text("{}"),
        ["LICENSE"] = Text("Apache License"),
        ["model.safetensors"] = Weights,
        ["tokenizer.json"] = Text("{\"tokens\": \"▁ä\"}"),
    };

    public static Dictionary<string, byte[]> Sharded(string index = """{"metadata":{"total_size":3},"weight_map":{"b":"model-00002-of-00002.safetensors","a":"model-00001-of-00002.safetensors","c":"model-00001-of-00002.safetensors"}}""") => new(StringComparer.Ordinal)
    {
        [".gitattributes"] = Text("*.bin"),
        ["README.md"] = Text("# Tiny"),
        ["chat_template.jinja"] = Text("{{ messages }}"),
        ["config.json"] = Text("{}"),
        ["consolidated.safetensors"] = Text("the same once more"),
        ["model-00001-of-00002.safetensors"] = Weights,
        ["model-00002-of-00002.safetensors"] = Weights[..777],
        ["model-00003-of-00002.safetensors"] = Text("named by nobody"),
        ["model.gguf"] = Text("GGUF"),
        ["model.safetensors.index.json"] = Text(index),
        ["modeling_tiny.py"] = Text("import os"),
        ["pytorch_model.bin"] = Text("pickle"),
        ["tokenizer.json"] = Text("{}"),
        ["training_args.bin"] = Text("pickle"),
    };

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>Names of all files in a folder, in order.</summary>
    public static string[] NamesIn(string folder) =>
        [.. Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path)).Order(StringComparer.Ordinal)];

    public static IEnumerable<string> Asked(this LoopbackHub hub, string prefix) =>
        hub.Requests.Select(request => request.Path).Where(path => path.StartsWith(prefix, StringComparison.Ordinal));
}
