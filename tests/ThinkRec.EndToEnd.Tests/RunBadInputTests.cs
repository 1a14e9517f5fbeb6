using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>Bad settings, folders and products of runs: one line that says where and what to do, and nothing half-written.</summary>
[Collection(TrainedRun.Name)]
public sealed class RunBadInputTests(TrainedRun trained)
{
    private const string Train = "train thinkrec --config @/tiny.yaml --data @data --out @/out";
    private const string Evaluate = "evaluate --run @/run --data @data";
    private const string Score = "score --run @run --data @data";

    private static readonly Dictionary<string, Refusal> Settings = new()
    {
        ["unknown key"] = Yaml("seed: 1\nprompt:\n  templat: x\n", "/tiny.yaml has 1 problem: line 3: unknown key 'prompt.templat'", "did you mean 'template'"),
        ["unknown key of a baseline"] = new("train mf --config @/tiny.yaml --data @data --out @/out", 2, "line 1: unknown key 'lora'", "have: ") { Files = Texts(("tiny.yaml", "lora: {}\n")) },
        ["wrong type"] = Yaml("seed: many\n", "/tiny.yaml has 1 problem: line 1: seed", "a whole number"),
        ["a list for a map"] = Yaml("experts: [1]\n", "line 1: experts must be", "but is a list"),
        ["not YAML"] = Yaml("seed: [1\n", "/tiny.yaml has 1 problem", "line"),
        ["unknown path of --set"] = Set("prompt.lenght=3", "--set prompt.lenght=3: unknown key", "historyLength"),
        ["no value of --set"] = Set("seed", "--set seed", "="),
        ["a rising learning rate"] = Set("thinking.optimization.minLearningRate=1", "thinking.optimization.minLearningRate 1", "exceeds learningRate 0.002"),
        ["no experts"] = Set("experts.count=0", "experts.count is 0", "expected 1 to 64"),
        ["a target that is not there"] = Yaml(TrainedRun.Yaml.Replace("Next:{target}", "Next:", StringComparison.Ordinal), "prompt.template", "{target} is missing"),
        ["an unknown placeholder"] = Yaml(TrainedRun.Yaml.Replace("Next:{target}", "Next:{targe}{target}", StringComparison.Ordinal), "prompt.template", "targe"),
        ["no such config"] = new(Train, 2, "/tiny.yaml", "there is no such file"),
        ["unknown projections"] = Set("lora.targetModules=[query,v_proj]", "lora.targetModules", "query match no projection; have: q_proj"),
        ["a model of odd shape"] = Set("llm.pretrain.numAttentionHeads=3", "llm.pretrain", "not a multiple of num_attention_heads 3"),
        ["8 bits for a model trained here"] = Set("llm.quantize=int8", "quantize is for the model in path", "leave it out"),
        ["no text file"] = Set("llm.pretrain.texts=[@/none.txt]", "llm.pretrain.texts", "/none.txt"),
        ["a GPU that is not there"] = new(Train + " --device cuda:63", 2, "--device cuda:63: this libtorch can use", "--device cpu works everywhere") { Files = Texts(("tiny.yaml", TrainedRun.Yaml)) },
        ["an unknown device"] = new(Train + " --device tpu", 2, "--device: Device 'tpu' is not known", "Use cpu, cuda or cuda:N") { Files = Texts(("tiny.yaml", TrainedRun.Yaml)) },
        ["unknown stage"] = new(Train + " --stage thnking", 2, "'thnking'", "thinkrec train --help") { Files = Texts(("tiny.yaml", TrainedRun.Yaml)) },
        ["unknown method"] = new("train lightgnc --data @data --out @/out", 2, "'lightgnc'", "thinkrec train --help"),
    };

    private static readonly Dictionary<string, Refusal> Inputs = new()
    {
        ["no dataset"] = new("train thinkrec --data @/none --out @/out", 1, "/none/dataset.json: there is no such file", "thinkrec data prepare"),
        ["no encoder run"] = Set("encoder.run=@/none", "/none/encoder/config.json is not there", "train one first") with { ExitCode = 1 },
        ["llm.path without a model"] = Set("llm.path=@/llm", "/llm/config.json is not there", "A model folder holds config.json") with { ExitCode = 1 },
        ["a tokenizer of another model"] = Model("config.json", "\"vocab_size\": 400", "\"vocab_size\": 300", "/llm: The tokenizer has 400 tokens but the model embeds 300", "They belong to different models"),
        ["answers that are not one token"] = Model("config.json", "", "", "'Qzx'", "prompt.yes") with { Call = Train + " --set llm.path=@/llm --set prompt.yes=Qzx" },
        ["reasons that are not there"] = Set("thinking.reasons=@/reasons.jsonl", "/reasons.jsonl: there is no such file", "leave that key out") with { ExitCode = 1 },
        ["a reason of an unknown user"] = Set("thinking.reasons=@/reasons.jsonl", "reasons.jsonl:1: user 'nobody'", "Use reasons written for this dataset") with
        {
            ExitCode = 1,
            Files = Texts(("tiny.yaml", TrainedRun.Yaml), ("reasons.jsonl", """{"user":"nobody","item":"m0001","timestamp":1,"answer":"Yes","reason":"Yes. x","teacher":"t","how":"h","checks":[]}""")),
        },
        ["foreign files in the way"] = new(Train, 2, "/out has 1 problem: the folder is not empty", "choose another folder") { Files = Texts(("tiny.yaml", TrainedRun.Yaml), ("out/thesis.tex", "x")) },
        ["a run in the way"] = new("train thinkrec --config @/tiny.yaml --data @data --out @run", 2, "/run has 1 problem: a run is there already", "add --resume") { Files = Texts(("tiny.yaml", TrainedRun.Yaml)) },
        ["another configuration on resume"] = new("train thinkrec --config @/tiny.yaml --data @data --out @run --resume --set seed=8", 2, "/run has 1 problem", "resume it as it was started") { Files = Texts(("tiny.yaml", TrainedRun.Yaml)) },
        ["no run"] = new("evaluate --run @/none --data @data", 2, "/none has 1 problem: there is no run.json", "thinkrec train"),
        ["unknown user"] = new(Score + " --user nobody --items m0001", 2, "--user", "has no user 'nobody' (40 users, the first is 'u0001')"),
        ["unknown items"] = new(Score + " --user u0001 --items x1,m0001,x2", 2, "has no item 'x1'", "has no item 'x2'"),
        ["top 0"] = new("recommend --run @run --data @data --user u0001 --top 0", 2, "--top is 0", "expected 1 to 10000"),
        ["unknown split"] = new("evaluate --run @run --data @data --split tran", 2, "'tran'", "thinkrec evaluate --help"),
    };

    private static readonly Dictionary<string, Refusal> Products = new()
    {
        ["truncated projector"] = Damaged("projector.safetensors", bytes => bytes[..(bytes.Length / 2)], 1, "/run/projector.safetensors: ", "again"),
        ["empty projector"] = Damaged("projector.safetensors", _ => [], 1, "/run/projector.safetensors", "again"),
        ["NaN in an adapter"] = Damaged("adapters/group-0/adapter_model.safetensors", WithNaN, 1, "adapters/group-0/adapter_model.safetensors has 1 elements that are not finite", "diverged, or the file is damaged"),
        ["an adapter of another shape"] = Edited("adapters/global/adapter_config.json", "\"r\": 2", "\"r\": 3", 1, "[3, 32] is [2, 32] in ", "Was the file made for another configuration?"),
        ["an adapter of an unbuilt kind"] = Edited("adapters/global/adapter_config.json", "LORA", "IA3", 1, "adapters/global/adapter_config.json: ", "expected peft_type LORA"),
        ["damaged adapter config"] = Damaged("adapters/group-1/adapter_config.json", bytes => bytes[..20], 1, "adapters/group-1/adapter_config.json: ", "An adapter folder holds"),
        ["damaged experts"] = Damaged("experts.json", bytes => bytes[..50], 1, "/run/experts.json: ", "Train the experts again"),
        ["empty experts"] = Damaged("experts.json", _ => "{}"u8.ToArray(), 1, "/run/experts.json: expected an object with encoder", "Train the experts again"),
        ["a centroid too short"] = Edited("experts.json", "\"centroids\": [", "\"centroids\": [[1],", 1, "/run/experts.json: the centroids", "8 numbers each"),
        ["damaged run card"] = Damaged("run.json", bytes => bytes[..9], 2, "/run/run.json", "restore the file"),
        ["null for a run card"] = Damaged("run.json", _ => "null"u8.ToArray(), 2, "/run/run.json", "restore the file"),
        ["damaged settings"] = Damaged("resolved.yaml", _ => "seed: x\n"u8.ToArray(), 2, "/run/resolved.yaml has 1 problem: line 1", "a whole number"),
        ["damaged stage result"] = Damaged("stages/thinking.json", bytes => bytes[..9], 2, "/run/stages/thinking.json", "train with --resume"),
        ["damaged encoder card"] = Damaged("encoder/config.json", bytes => bytes[..9], 1, "/run/encoder/config.json", "again"),
        ["damaged weights of the language model"] = Damaged("llm/model.safetensors", bytes => bytes[..5000], 1, "/run/llm/model.safetensors", "again"),
        ["an unfinished run"] = Run(run => File.Delete(Path.Combine(run, "stages", "group-1.json")), 2, "/run has 1 problem: the run is not finished: stage group-1", "train --resume"),
    };

    public static TheoryData<string> Cases { get; } = [.. Settings.Keys, .. Inputs.Keys, .. Products.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Is_refused_with_one_line_and_changes_nothing(string what)
    {
        Refusal refusal = new[] { Settings, Inputs, Products }.SelectMany(group => group).ToDictionary()[what];
        Dictionary<string, string> before = Refusal.Snapshot(trained.Run);

        await (refusal with
        {
            Call = refusal.Call.Replace("@data", trained.Data, StringComparison.Ordinal).Replace("@run", trained.Run, StringComparison.Ordinal),
            Arrange = async folder =>
            {
                if (what is "a tokenizer of another model" or "answers that are not one token" || Products.ContainsKey(what))
                {
                    trained.CopyRun(folder.File("run"));
                }

                await (refusal.Arrange?.Invoke(folder) ?? Task.CompletedTask);
            },
        }).CheckAsync();

        Assert.Equal(before, Refusal.Snapshot(trained.Run));
    }

    [Fact]
    public async Task A_run_of_another_dataset_is_refused()
    {
        using var folder = new TemporaryFolder();
        await TrainedRun.DoneAsync("data", "prepare", "built-in", "--users", "41", "--items", "100", "--out", folder.File("other"));

        await new Refusal($"evaluate --run {trained.Run} --data {folder.File("other")}", 2, trained.Run, "whose files differ from those of 'built-in' given with --data").CheckAsync();
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.999)]
    public async Task A_corrupt_checkpoint_is_refused_on_resume(double kept)
    {
        using var folder = new TemporaryFolder();
        Process process = Tool.Start(trained.Train(folder.File("out")));
        string log = folder.File("out/metrics.jsonl");
        while (!process.HasExited && !(File.Exists(log) && File.ReadAllText(log).Contains("\"stage\":\"thinking\"", StringComparison.Ordinal)))
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        await Tool.FinishAsync(Process.Start(Tool.Captured("kill", "-s", "TERM", $"{process.Id}"))!);
        Refusal.AssertOneLine(Last(await Tool.FinishAsync(process)), 130, "interrupted", "");
        string checkpoint = folder.File("out/checkpoints/thinking.safetensors"), before = folder.File("out/checkpoints/thinking.before.safetensors");
        File.Copy(checkpoint, before, overwrite: true);
        byte[] bytes = File.ReadAllBytes(checkpoint);
        File.WriteAllBytes(checkpoint, bytes[..(int)(bytes.Length * kept)]);
        bytes[^1] ^= 1;
        File.WriteAllBytes(before, bytes);

        Outcome outcome = await Tool.RunAsync([.. trained.Train(folder.File("out")), "--resume"]);

        Refusal.AssertOneLine(outcome, 1, "/out/checkpoints/thinking.safetensors is damaged", "/out/checkpoints/thinking.before.safetensors has other bytes than were written: its checksum differs). Delete both and resume");
        bytes[^1] ^= 1;
        File.WriteAllBytes(before, bytes);
        string report = await TrainedRun.DoneAsync([.. trained.Train(folder.File("out")), "--resume", "--json"]);
        Assert.Contains("The checkpoint before it is used: stage thinking goes on from step ", JsonDocument.Parse(report).RootElement.GetProperty("notes")[0].GetString());
    }

    // Progress stands on standard error too.
    private static Outcome Last(Outcome outcome) => outcome with { Error = outcome.Error.TrimEnd('\n').Split('\n')[^1] };

    private static Dictionary<string, byte[]> Texts(params (string Name, string Text)[] files) =>
        files.ToDictionary(file => file.Name, file => System.Text.Encoding.UTF8.GetBytes(file.Text));

    private static Refusal Yaml(string text, string place, string remedy) => new(Train, 2, place, remedy) { Files = Texts(("tiny.yaml", text)) };

    private static Refusal Set(string change, string place, string remedy) => Yaml(TrainedRun.Yaml, place, remedy) with { Call = $"{Train} --set {change}" };

    private static Refusal Run(Action<string> change, int exitCode, string place, string remedy) => new(Evaluate, exitCode, place, remedy)
    {
        Arrange = folder =>
        {
            change(folder.File("run"));
            return Task.CompletedTask;
        },
    };

    private static Refusal Damaged(string name, Func<byte[], byte[]> change, int exitCode, string place, string remedy) => Run(
        run => File.WriteAllBytes(Path.Combine(run, name), change(File.ReadAllBytes(Path.Combine(run, name)))), exitCode, place, remedy);

    private static Refusal Edited(string name, string from, string to, int exitCode, string place, string remedy) => Run(
        run =>
        {
            string text = File.ReadAllText(Path.Combine(run, name));
            Assert.Contains(from, text);
            File.WriteAllText(Path.Combine(run, name), text.Replace(from, to, StringComparison.Ordinal));
        },
        exitCode, place, remedy);

    // The run's own model, moved away and with one file changed.
    private static Refusal Model(string name, string from, string to, string place, string remedy) => Set("llm.path=@/llm", place, remedy) with
    {
        ExitCode = 1,
        Arrange = folder =>
        {
            Directory.Move(folder.File("run/llm"), folder.File("llm"));
            string text = File.ReadAllText(folder.File($"llm/{name}"));
            File.WriteAllText(folder.File($"llm/{name}"), from.Length > 0 ? text.Replace(from, to, StringComparison.Ordinal) : text);
            return Task.CompletedTask;
        },
    };

    private static byte[] WithNaN(byte[] bytes)
    {
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(8 + header), float.NaN);
        return bytes;
    }
}
