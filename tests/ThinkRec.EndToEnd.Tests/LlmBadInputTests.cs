using System.Diagnostics;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>Bad texts, settings, numbers and model folders: one line that says where and what to do, and nothing half-written.</summary>
[Collection(PretrainedModel.Name)]
public sealed class LlmBadInputTests(PretrainedModel trained)
{
    private const string Pretrain = "llm pretrain --texts @/a.txt --out @/out";
    private const string Generate = "llm generate --model @/llm --prompt x";
    private const string Inspect = "llm inspect --model @/llm";

    private static readonly Dictionary<string, Refusal> Refusals = new()
    {
        ["no command"] = new("llm", 2, "command was not provided", "thinkrec llm --help"),
        ["no such text"] = new(Pretrain, 2, "/a.txt", "thinkrec llm pretrain --help"),
        ["a folder for a text"] = Text("") with { Call = "llm pretrain --texts @/ --out @/out", ExitCode = 2, Place = "is a folder", Remedy = "Name them one by one" },
        ["empty texts"] = Text(" \n\n") with { Place = "a.txt: expected lines of text but found none" },
        ["too little text"] = Text("one line\n") with { Place = "two sequences of 128 are needed", Remedy = "Give more text or lower chunkLength" },
        ["bytes that are no text"] = Text("") with { Files = new() { ["a.txt"] = [65, 10, 0xff, 0xd8] }, Place = "a.txt:", Remedy = "Save the file as UTF-8" },
        ["an unknown key"] = Text("seed: 3\nlr: 3") with { Call = $"{Pretrain} --config @/a.txt", ExitCode = 2, Place = "/a.txt has 1 problem: line 2: unknown key 'lr'", Remedy = "have: seed" },
        ["an unknown key of --set"] = Text("x") with { Call = $"{Pretrain} --set hidenSize=64", ExitCode = 2, Place = "unknown key 'hidenSize'", Remedy = "did you mean 'hiddenSize'" },
        ["foreign files in the way"] = Text("x") with { Call = "llm pretrain --texts @/a.txt --out @/", ExitCode = 2, Place = "the folder is not empty", Remedy = "choose another folder" },
        ["a file in the way"] = Text("x") with { Call = "llm pretrain --texts @/a.txt --out @/a.txt/out", ExitCode = 2, Place = "/a.txt is a file", Remedy = "choose another folder" },
        ["a run in the way"] = new("llm pretrain --texts @texts --out @run", 2, "a run is there already", "add --resume"),
        ["other settings on resume"] = new("llm pretrain --texts @texts --out @run --resume", 2, "another method, configuration or data", "resume it as it was started"),
        ["other texts on resume"] = Text("x") with { Call = "llm pretrain --texts @texts @/a.txt --config @config --out @run --resume", ExitCode = 2, Place = "another method, configuration or data", Remedy = "resume it as it was started" },
        ["no model to generate with"] = new(Generate, 1, "/llm/config.json is not there", "A model folder holds"),
        ["no model to inspect"] = new(Inspect, 1, "/llm/config.json is not there", "A model folder holds"),
        ["top-p above 1"] = Number("--temperature 1 --top-p 2", "--top-p is 2", "at most 1"),
        ["top-p of 0"] = Number("--temperature 1 --top-p 0", "--top-p is 0", "more than 0"),
        ["no tokens"] = Number("--max-tokens 0", "--max-tokens is 0", "at least 1"),
        ["a negative temperature"] = Number("--temperature -0.1", "--temperature is -0.1", "0 or more"),
        ["an endless temperature"] = Number("--temperature Infinity", "--temperature is Infinity", "0 or more"),
        ["a negative top-k"] = Number("--temperature 1 --top-k -1", "--top-k is -1", "0 for all"),
        ["a negative seed"] = Number("--seed -1", "--seed is -1", "0 or more"),
        ["a limit that limits nothing"] = Number("--top-k 3", "--top-k, --top-p and --min-p have no meaning", "give a temperature"),
        ["half precision on the CPU"] = Model("config.json", text => text + " ", $"{Generate} --dtype fp16", "fp16 is computed on a GPU only", "Use bf16"),
        ["an unknown type"] = new($"{Generate} --dtype int4", 2, "int4", "bf16"),
        ["an unknown quantization"] = new($"{Generate} --quantize int4", 2, "int4", "int8"),
        ["a kind of rotation that is not built"] = Model("config.json", text => text.Replace("\"rope_theta\"", "\"rope_scaling\": {\"type\": \"longrope\", \"factor\": 2}, \"rope_theta\""), Inspect, "rope_scaling of type 'longrope' is not built", "use a checkpoint with one of these"),
        ["an index that leads out of the folder"] = Index("""{"weight_map": {"a": "../../a.safetensors"}}""", "/llm/model.safetensors.index.json: the file of 'a' is '../../a.safetensors'", "in the same folder"),
        ["a missing shard"] = Index("""{"weight_map": {"a": "a.safetensors"}}""", "/llm/model.safetensors.index.json names 1 files, of which 1 are not there", "Fetch the model again"),
        ["a file that is no model"] = new("llm inspect --model @/a.bin", 1, "/a.bin ends at byte 3", "Fetch it again") { Files = new() { ["a.bin"] = [1, 2, 3] } },
        ["a min-p above 1"] = Number("--temperature 1 --min-p 1.5", "--min-p is 1.5", "expected 0 to 1"),
        ["a penalty of 0"] = Number("--repetition-penalty 0", "--repetition-penalty is 0", "1 for none"),
        ["a negative n-gram"] = Number("--no-repeat-ngram -1", "--no-repeat-ngram is -1", "0 for no such rule"),
        ["more tokens at least than at most"] = Number("--max-tokens 4 --min-tokens 5", "--min-tokens is 5", "expected 0 to 4"),
        ["too many log-probabilities"] = Number("--logprobs 1001", "--logprobs is 1001", "expected 0 to 1000"),
        ["a prompt and a chat"] = Number("--chat y", "expected one of --prompt, --chat and --messages", ""),
        ["a system without a chat"] = Number("--system y", "--system goes with --chat", "role 'system'"),
        ["a date for a prompt"] = Number("--date 2026-01-31", "--date goes with --chat or --messages", "taken as it is"),
        ["no prompt"] = new("llm generate --model @/llm", 2, "expected one of --prompt, --chat and --messages", ""),
        ["a date that is none"] = new("llm generate --model @/llm --chat x --date 2026-02-30", 2, "--date is '2026-02-30'", "such as 2026-01-31"),
        ["a variable that is no JSON"] = new("llm generate --model @/llm --chat x --variable a=b", 2, "--variable is 'a=b'", "such as enable_thinking=false"),
        ["messages that are none"] = new("llm generate --model @/llm --messages @/m.json", 1, "/m.json: expected a list of messages", "\"role\": \"user\"") { Files = new() { ["m.json"] = "[]"u8.ToArray() } },
        ["a chat with a model that has no template"] = Model("config.json", text => text + " ", "llm generate --model @/llm --chat x", "tokenizer_config.json: there is no chat_template", "Give a prompt instead"),
        ["a template that is broken"] = Model("tokenizer_config.json", text => "{\"chat_template\": \"a\\n{{ 1 + }}\", " + text.TrimStart()[1..], "llm generate --model @/llm --chat x", "tokenizer_config.json: chat template, line 2: expected a value", ""),
        ["messages that a template refuses"] = Model("tokenizer_config.json", text => "{\"chat_template\": \"{{ raise_exception('Users only.') }}\", " + text.TrimStart()[1..], "llm generate --model @/llm --chat x", "line 1: the template refuses these messages", "Users only."),
        ["a word for a number"] = Number("--max-tokens many", "'--max-tokens'", "thinkrec llm generate --help"),
        ["a prompt too long"] = Model("config.json", text => text.Replace("\"max_position_embeddings\": 256", "\"max_position_embeddings\": 5"), $"{Generate}yxyxyxyx", "and the model has 5 positions", "Shorten the prompt") with { ExitCode = 2 },
        ["truncated weights to generate with"] = Weights(Generate),
        ["truncated weights to inspect"] = Weights(Inspect),
        ["no weights"] = Model("model.safetensors", null, Inspect, "/llm/model.safetensors cannot be read", "Could not find file"),
        ["no tokenizer"] = Model("tokenizer.json", null, Inspect, "/llm/tokenizer.json: there is no such file", "Give the folder"),
        ["a cut config"] = Model("config.json", text => text[..40], Inspect, "/llm/config.json: ", ""),
        ["a model of another family"] = Model("config.json", text => text.Replace("\"llama\"", "\"gpt2\""), Inspect, "model_type 'gpt2' is not built", "use a checkpoint of one of llama, mistral"),
    };

    public static TheoryData<string> Cases { get; } = [.. Refusals.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Is_refused_with_one_line_and_changes_nothing(string what)
    {
        Refusal refusal = Refusals[what];
        Dictionary<string, string> before = Refusal.Snapshot(trained.Run);

        await (refusal with
        {
            Call = refusal.Call.Replace("@texts", trained.Texts).Replace("@config", trained.Config).Replace("@run", trained.Run),
            Arrange = folder =>
            {
                if (refusal.Arrange is not null)
                {
                    trained.CopyModel(folder.File("llm"));
                }

                return refusal.Arrange?.Invoke(folder) ?? Task.CompletedTask;
            },
        }).CheckAsync();

        Assert.Equal(before, Refusal.Snapshot(trained.Run));
    }

    [Fact]
    public async Task An_empty_stop_text_is_refused() => Refusal.AssertOneLine(
        await Tool.RunAsync("llm", "generate", "--model", trained.Model, "--prompt", "x", "--stop", ""), 2, "--stop is empty", "expected a text");

    [Fact]
    public async Task A_folder_that_nothing_can_be_written_to_is_told()
    {
        using var folder = new TemporaryFolder();
        Outcome mount = await Tool.FinishAsync(Process.Start(Tool.Captured("mount", "-t", "tmpfs", "-o", "ro", "tmpfs", folder.FullPath))!);
        Assert.SkipUnless(mount.ExitCode == 0, $"a file system cannot be mounted: {mount.Error.Trim()}");
        try
        {
            Refusal.AssertOneLine(await Tool.RunAsync(trained.Train(folder.File("out"))), 1, folder.File("out"), "choose another place");
        }
        finally
        {
            await Tool.FinishAsync(Process.Start(Tool.Captured("umount", folder.FullPath))!);
        }
    }

    private static Refusal Text(string text) => new(Pretrain, 1, "a.txt", "Name files with text in them") { Files = new() { ["a.txt"] = System.Text.Encoding.UTF8.GetBytes(text) } };

    // Refused before the model is looked for.
    private static Refusal Number(string options, string place, string remedy) => new($"{Generate} {options}", 2, place, remedy);

    // A copy of the trained model with one file changed, or taken away.
    private static Refusal Model(string name, Func<string, string>? change, string call, string place, string remedy) => new(call, 1, place, remedy)
    {
        Arrange = folder =>
        {
            string path = folder.File($"llm/{name}");
            if (change is null)
            {
                File.Delete(path);
                return Task.CompletedTask;
            }

            string before = File.ReadAllText(path), after = change(before);
            Assert.NotEqual(before, after);
            File.WriteAllText(path, after);
            return Task.CompletedTask;
        },
    };

    private static Refusal Index(string index, string place, string remedy) => new(Inspect, 1, place, remedy)
    {
        Arrange = folder =>
        {
            File.Delete(folder.File("llm/model.safetensors"));
            File.WriteAllText(folder.File("llm/model.safetensors.index.json"), index);
            return Task.CompletedTask;
        },
    };

    private static Refusal Weights(string call) => new(call, 1, "/llm/model.safetensors: ", "Fetch or export the file again")
    {
        Arrange = folder =>
        {
            byte[] bytes = File.ReadAllBytes(folder.File("llm/model.safetensors"));
            File.WriteAllBytes(folder.File("llm/model.safetensors"), bytes[..(bytes.Length * 2 / 3)]);
            return Task.CompletedTask;
        },
    };
}
