using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json;
using ThinkRec.TestKit;

namespace ThinkRec.EndToEnd.Tests;

/// <summary>Language models alone: trained, looked at, asked for text, and used by a recommender.</summary>
[Collection(PretrainedModel.Name)]
public sealed class LlmCommandTests(PretrainedModel trained) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Training_reports_what_it_came_to_and_leaves_no_checkpoint()
    {
        JsonElement report = JsonDocument.Parse(trained.Report).RootElement;

        Assert.Equal(trained.Model, report.GetProperty("model").GetString());
        double uniform = Math.Log(report.GetProperty("vocabularySize").GetInt32());
        Assert.Equal(uniform, report.GetProperty("uniformCrossEntropy").GetDouble(), 1e-12);
        Assert.InRange(report.GetProperty("heldOutCrossEntropy").GetDouble(), 0.1, uniform - 2);
        Assert.True(report.GetProperty("tokensPerSecond").GetDouble() > 0);
        Assert.Equal(
            ["environment.json", "llm/config.json", "llm/model.safetensors", "llm/tokenizer.json", "llm/tokenizer_config.json", "metrics.jsonl", "resolved.yaml", "run.json", "stages/language.json"],
            Directory.EnumerateFiles(trained.Run, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(trained.Run, file))
                .Where(file => !file.StartsWith("tensorboard/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_terminated_training_goes_on_to_the_same_bytes()
    {
        string run = _folder.File("run"), log = Path.Combine(run, "metrics.jsonl");
        Process process = Tool.Start(trained.Train(run));
        while (!process.HasExited && !(File.Exists(log) && new FileInfo(log).Length > 0))
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        await Tool.FinishAsync(Process.Start(Tool.Captured("kill", "-s", "TERM", $"{process.Id}"))!);
        Outcome stopped = await Tool.FinishAsync(process);
        Assert.Equal(130, stopped.ExitCode);
        Assert.EndsWith("error: interrupted.\n", stopped.Error);
        Assert.True(File.Exists(Path.Combine(run, "checkpoints", "language.safetensors")));
        string resumed = await TrainedRun.DoneAsync([.. trained.Train(run), "--resume"]);

        Assert.Contains("Held-out cross-entropy: ", resumed);
        Assert.Equal(File.ReadAllBytes(Path.Combine(trained.Model, "model.safetensors")), File.ReadAllBytes(Path.Combine(run, "llm", "model.safetensors")));
    }

    [Fact]
    public async Task A_training_killed_again_and_again_goes_on_to_the_same_bytes_and_numbers()
    {
        string run = _folder.File("run");
        var killing = new Killing(trained.Train(run), run);
        await killing.BetweenCheckpointsAsync("language");
        await killing.WhileWritingAsync("language");
        await killing.WhileWritingAsync("language");
        await killing.FinishAsync();

        Assert.NotEmpty(killing.Stages);
        Assert.Equal(File.ReadAllBytes(Path.Combine(trained.Model, "model.safetensors")), File.ReadAllBytes(Path.Combine(run, "llm", "model.safetensors")));
        Assert.Equal(Killing.LogOf(trained.Run), Killing.LogOf(run));
    }

    [Fact]
    public async Task Inspection_counts_the_weights_that_are_in_the_file()
    {
        JsonElement found = JsonDocument.Parse(await TrainedRun.DoneAsync("llm", "inspect", "--model", trained.Model, "--json")).RootElement;
        string text = await TrainedRun.DoneAsync("llm", "inspect", "--model", trained.Model);
        JsonElement rounded = JsonDocument.Parse(await TrainedRun.DoneAsync("llm", "inspect", "--model", trained.Model, "--quantize", "int8", "--json")).RootElement;

        long sum = Header(Path.Combine(trained.Model, "model.safetensors")).EnumerateObject().Where(tensor => tensor.Name != "__metadata__")
            .Sum(tensor => tensor.Value.GetProperty("shape").EnumerateArray().Aggregate(1L, (product, size) => product * size.GetInt64()));
        Assert.Equal(sum, found.GetProperty("parameters").GetInt64());
        Assert.Equal(sum, found.GetProperty("parts").EnumerateObject().Sum(part => part.Value.GetInt64()));
        Assert.Equal(sum, JsonDocument.Parse(trained.Report).RootElement.GetProperty("parameters").GetInt64());
        Assert.True(found.GetProperty("sound").GetBoolean());
        Assert.Equal(2, found.GetProperty("config").GetProperty("num_hidden_layers").GetInt32());
        Assert.Equal(21, found.GetProperty("elementTypes").GetProperty("Float32").GetInt32());
        Assert.Equal(["begin", "end", "padding", "vector"], found.GetProperty("vocabulary").GetProperty("specialTokens").EnumerateArray().Select(token => token.GetProperty("role").GetString()));
        Assert.Equal(
            Directory.EnumerateFiles(trained.Model).Order(StringComparer.Ordinal).Select(file => (Path.GetFileName(file), new FileInfo(file).Length)),
            found.GetProperty("files").EnumerateArray().Select(file => (file.GetProperty("name").GetString()!, file.GetProperty("bytes").GetInt64())));
        Assert.Contains($"{sum} ", text);
        Assert.InRange(rounded.GetProperty("memory").GetProperty("weightBytes").GetInt64(), sum, (4 * sum) - 1);
        Assert.Equal(4 * sum, found.GetProperty("memory").GetProperty("weightBytes").GetInt64());
        Assert.Contains("Every one of the 21 tensors is there", text);
    }

    [Fact]
    public async Task Inspection_of_files_that_do_not_belong_together_names_what_is_wrong_and_fails()
    {
        trained.CopyModel(_folder.File("llm"));
        string config = _folder.File("llm/config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1").Replace("\"intermediate_size\": 48", "\"intermediate_size\": 64"));

        Outcome json = await Tool.RunAsync("llm", "inspect", "--model", _folder.File("llm"), "--json");
        Outcome text = await Tool.RunAsync("llm", "inspect", "--model", _folder.File("llm"));

        Assert.Equal((1, 1), (json.ExitCode, text.ExitCode));
        const string Wrong = "Weight 'model.layers.0.mlp.gate_proj.weight' [64, 32] is [48, 32] in the file.";
        string line = Assert.Single(json.Error.TrimEnd('\n').Split('\n'));
        Assert.StartsWith($"error: {_folder.File("llm")}: 3 problems, the first: {Wrong} 9 tensors left over, the first 'model.layers.1.input_layernorm.weight'.", line);
        JsonElement found = JsonDocument.Parse(json.Output).RootElement;
        Assert.False(found.GetProperty("sound").GetBoolean());
        Assert.Equal((3, 9), (found.GetProperty("problems").GetArrayLength(), found.GetProperty("leftOver").GetArrayLength()));
        Assert.Equal(Wrong, found.GetProperty("problems")[0].GetString());
        Assert.Contains(Wrong, text.Output);
        Assert.Contains("Left over: model.layers.1.mlp.up_proj.weight", text.Output);
        Assert.DoesNotContain("Every one", text.Output);
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_text()
    {
        string[] drawn = ["llm", "generate", "--model", trained.Model, "--prompt", "The ", "--temperature", "2", "--top-k", "50", "--top-p", "0.99", "--max-tokens", "30", "--seed"];

        string first = await TrainedRun.DoneAsync([.. drawn, "3"]);
        string again = await TrainedRun.DoneAsync([.. drawn, "3"]);
        string other = await TrainedRun.DoneAsync([.. drawn, "4"]);

        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
    }

    [Fact]
    public async Task Greedy_text_is_learnt_text_and_ends_before_the_stop_text()
    {
        JsonElement stopped = JsonDocument.Parse(
            await TrainedRun.DoneAsync("llm", "generate", "--model", trained.Model, "--prompt", "The miller", "--stop", "@no", "--stop", " of", "--json")).RootElement;

        Assert.Matches("^ (saw|lost) a (boat|loaf|crown)$", stopped.GetProperty("text").GetString());
        Assert.Equal("StopText", stopped.GetProperty("end").GetString());
    }

    [Fact]
    public async Task A_chat_is_written_as_the_models_template_says_and_streamed_text_is_the_same()
    {
        trained.CopyModel(_folder.File("llm"));
        string config = _folder.File("llm/tokenizer_config.json");
        const string Template = "{{ strftime_now('%d %b %Y') }}{% for m in messages %}<{{ m.role }}>{{ m.content|trim }}{{ eos_token }}\\n{% endfor %}{% if add_generation_prompt %}<assistant>{{ mood }}{% endif %}";
        string text = File.ReadAllText(config);
        File.WriteAllText(config, $"{{\"chat_template\": \"{Template}\", {text[(text.IndexOf('{', StringComparison.Ordinal) + 1)..]}");
        string end = JsonDocument.Parse(text).RootElement.GetProperty("eos_token").GetString()!;
        string[] chat = ["llm", "generate", "--model", _folder.File("llm"), "--chat", $" The {end} miller ", "--system", "Short.", "--date", "2026-01-31", "--variable", "mood=\"calm\"", "--max-tokens", "12", "--temperature", "1", "--min-p", "0.01", "--repetition-penalty", "1.1"];
        File.WriteAllText(_folder.File("chat.json"), JsonSerializer.Serialize(new[] { new { role = "system", content = "Short." }, new { role = "user", content = $"The {end} miller" } }));

        JsonElement found = JsonDocument.Parse(await TrainedRun.DoneAsync([.. chat, "--json", "--logprobs", "2"])).RootElement;
        JsonElement file = JsonDocument.Parse(await TrainedRun.DoneAsync(["llm", "generate", "--model", _folder.File("llm"), "--messages", _folder.File("chat.json"), .. chat[8..], "--json"])).RootElement;
        string streamed = await TrainedRun.DoneAsync([.. chat, "--stream"]);
        string shown = await TrainedRun.DoneAsync([.. chat, "--logprobs", "2"]);

        Assert.Equal($"31 Jan 2026<system>Short.{end}\n<user>The {end} miller{end}\n<assistant>calm", found.GetProperty("prompt").GetString());
        Assert.Equal(found.GetProperty("text").GetString(), file.GetProperty("text").GetString());
        Assert.Equal(found.GetProperty("text").GetString() + "\n", streamed);
        Assert.Equal(found.GetProperty("newTokens").GetInt32(), found.GetProperty("tokens").GetArrayLength());
        Assert.All(found.GetProperty("tokens").EnumerateArray(), token => Assert.InRange(token.GetProperty("logProb").GetDouble(), -50, 0));
        Assert.StartsWith(streamed, shown, StringComparison.Ordinal);
        Assert.Contains("log-probability", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_model_is_one_that_a_recommender_can_be_trained_on()
    {
        await TrainedRun.DoneAsync("data", "prepare", "built-in", "--users", "40", "--items", "100", "--out", _folder.File("data"));
        await TrainedRun.DoneAsync(
            "train", "thinkrec", "--data", _folder.File("data"), "--out", _folder.File("run"), "--stage", "llm", "--set", $"llm.path={trained.Model}",
            "--set", "encoder.train.optimization.maxEpochs=1");

        Refusal.AssertOneLine(
            await Tool.RunAsync("evaluate", "--run", trained.Run, "--data", _folder.File("data")), 2, trained.Run, "name its llm folder as llm.path");
    }

    [Fact]
    public async Task A_recommender_is_trained_on_a_model_in_half_the_bytes_with_adapters_in_Float32()
    {
        await TrainedRun.DoneAsync("data", "prepare", "built-in", "--users", "40", "--items", "100", "--out", _folder.File("data"));
        File.WriteAllText(_folder.File("half.yaml"), $$"""
            validationRows: 20
            encoder: { train: { optimization: { maxEpochs: 1 } } }
            llm: { path: {{trained.Model}}, dtype: bf16 }
            prompt: { template: "Next:{target}", item: "{title}:", historyLength: 1, maxTextTokens: 4 }
            thinking: { enabled: false, optimization: { batchSize: 4, stepsPerEpoch: 3, maxEpochs: 1 } }
            projector: { enabled: false }
            """);
        await TrainedRun.DoneAsync("train", "thinkrec", "--data", _folder.File("data"), "--out", _folder.File("run"), "--stage", "thinking", "--config", _folder.File("half.yaml"));

        Assert.All(
            Header(_folder.File("run/adapters/global/adapter_model.safetensors")).EnumerateObject().Where(tensor => tensor.Name != "__metadata__"),
            tensor => Assert.Equal("F32", tensor.Value.GetProperty("dtype").GetString()));
    }

    [Fact]
    public async Task A_llama2c_checkpoint_is_looked_at_and_writes_its_published_text()
    {
        Assert.SkipUnless(Repository.HasData("models/stories260K"), "the checkpoint models/stories260K is not beside the checkout");
        string model = Repository.Data("models/stories260K");

        string text = await TrainedRun.DoneAsync("llm", "generate", "--model", Path.Combine(model, "stories260K.bin"), "--prompt", "Once upon a time", "--max-tokens", "60");
        string found = await TrainedRun.DoneAsync("llm", "inspect", "--model", model);

        Assert.StartsWith(", there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball.", text);
        Assert.Contains("Weights: llama2.c, 1 file.", found);
        Assert.Contains("SentencePiece-style BPE, ", found);
        Assert.Contains("Every one of the 47 tensors is there", found);
    }

    [Fact]
    public async Task Inspection_says_family_rotation_window_and_files()
    {
        trained.CopyModel(_folder.File("llm"));
        string config = _folder.File("llm/config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"model_type\": \"llama\"", "\"model_type\": \"mistral\", \"sliding_window\": 7, \"rope_scaling\": {\"type\": \"linear\", \"factor\": 2}"));

        string text = await TrainedRun.DoneAsync("llm", "inspect", "--model", _folder.File("llm"));
        JsonElement found = JsonDocument.Parse(await TrainedRun.DoneAsync("llm", "inspect", "--model", _folder.File("llm"), "--json")).RootElement;

        Assert.Contains("Architecture: mistral, ", text);
        Assert.Contains("Rotation: base 10000, linear scaling by 2. Window: 7 positions in every layer.", text);
        Assert.Contains("Weights: safetensors, 1 file.", text);
        Assert.Contains("Vocabulary: byte-level BPE, ", text);
        Assert.Equal(("mistral", "safetensors", "model.safetensors"), (found.GetProperty("family").GetString(), found.GetProperty("format").GetString(), found.GetProperty("shards")[0].GetString()));
    }

    private static JsonElement Header(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        return JsonDocument.Parse(bytes.AsMemory(8, (int)BinaryPrimitives.ReadInt64LittleEndian(bytes))).RootElement;
    }
}
