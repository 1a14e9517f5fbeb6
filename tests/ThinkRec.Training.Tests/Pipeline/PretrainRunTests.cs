using System.IO.Compression;
using System.Text;
using System.Text.Json;
using ThinkRec.Data;
using ThinkRec.Models.Llm;
using ThinkRec.TestKit;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Pipeline;
using ThinkRec.Training.Runs;
using ThinkRec.Training.Tests.Encoders;

namespace ThinkRec.Training.Tests.Pipeline;

/// <summary>A language model alone, from text.</summary>
[Collection(SeededEngine.Name)]
public sealed class PretrainRunTests : IClassFixture<PretrainRunTests.Undisturbed>, IDisposable
{
    private static readonly string[] Lines = [.. Enumerable.Range(0, 120).Select(i =>
        $"The {Pick(i, "old", "young", "tired")} {Pick(i / 3, "miller", "sailor", "baker", "queen")} {Pick(i / 2, "saw", "sold", "lost")} a {Pick(i / 5, "red", "blue", "green")} {Pick(i, "boat", "loaf", "crown")}.")];

    private static readonly PretrainRunConfig Config = new()
    {
        Seed = 7,
        HiddenSize = 32,
        IntermediateSize = 48,
        NumHiddenLayers = 2,
        NumAttentionHeads = 2,
        NumKeyValueHeads = 1,
        MaxPositionEmbeddings = 64,
        VocabularySize = 320,
        ChunkLength = 24,
        Language = new() { LearningRate = 5e-3, MinLearningRate = 5e-4, BatchSize = 8, StepsPerEpoch = 15, MaxEpochs = 2, Patience = 2 },
    };

    private readonly TemporaryFolder _folder = new();
    private readonly string _texts;
    private readonly Undisturbed _undisturbed;

    public PretrainRunTests(Undisturbed undisturbed)
    {
        _undisturbed = undisturbed;
        _texts = _folder.File("texts.txt");
        File.WriteAllLines(_texts, Lines);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Training_gives_a_model_that_knows_more_than_nothing_about_text_it_has_not_seen()
    {
        PretrainResult result = _undisturbed.Result;

        Assert.Equal(Math.Log(result.VocabularySize), result.UniformCrossEntropy, 1e-12);
        Assert.InRange(result.CrossEntropy, 0.1, result.UniformCrossEntropy - 2);
        Assert.True(result.TokensPerSecond > 0);
        var found = ModelInspection.Of(result.Folder);
        found.Require();
        Assert.Equal(found.Parameters, result.Parameters);
        Assert.Equal(found.Tokenizer.VocabularySize, result.VocabularySize);
        using var model = LanguageModel.Load(result.Folder);
        Assert.Contains("The", TextCompletion.Complete(model, "", new GenerationOptions { MaxNewTokens = 4 }, [], Token).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    public void A_run_that_was_stopped_goes_on_to_the_same_bytes(int step)
    {
        using var cancel = new CancellationTokenSource();
        var watcher = new Stop(record => record.Step == step, cancel);

        Assert.Throws<OperationCanceledException>(() => Train("stopped", watcher: watcher, cancellation: cancel.Token));
        Assert.True(File.Exists(_folder.File("stopped/checkpoints/language.safetensors")));
        Assert.False(Directory.Exists(_folder.File("stopped/llm")));
        PretrainResult resumed = Train("stopped", resume: true);

        AssertUndisturbed("stopped");
        Assert.Equal(2, resumed.Stage.Epochs);
        Assert.False(File.Exists(_folder.File("stopped/checkpoints/language.safetensors")));
    }

    [Fact]
    public void A_finished_run_that_is_resumed_stays_as_it_is()
    {
        PretrainResult first = Train("run");
        DateTime written = File.GetLastWriteTimeUtc(_folder.File("run/llm/model.safetensors"));

        PretrainResult again = Train("run", resume: true);

        Assert.Equal(written, File.GetLastWriteTimeUtc(_folder.File("run/llm/model.safetensors")));
        Assert.Null(again.TokensPerSecond);
        Assert.Equal((first.CrossEntropy, first.Parameters, first.VocabularySize), (again.CrossEntropy, again.Parameters, again.VocabularySize));
    }

    [Fact]
    public void Other_texts_and_other_settings_are_no_continuation()
    {
        using var cancel = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Train("run", watcher: new Stop(_ => true, cancel), cancellation: cancel.Token));

        var settings = Assert.Throws<ConfigurationException>(() => Train("run", resume: true, config: Config with { Seed = 8 }));
        File.WriteAllLines(_texts, Lines.Reverse());
        var texts = Assert.Throws<ConfigurationException>(() => Train("run", resume: true));

        Assert.All([settings, texts], problem => Assert.Contains("resume it as it was started", problem.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void The_same_texts_in_other_files_are_the_same_texts()
    {
        File.WriteAllLines(_folder.File("one.jsonl"), Lines[..50].Select(line => JsonSerializer.Serialize(new { a = new[] { line.Split(' ', 2)[0] }, n = 3, b = line.Split(' ', 2)[1] })));
        Zip("two.txt.gz", string.Join("\r\n", Lines[50..]) + "\n\n  \n");
        using var cancel = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Train("run", watcher: new Stop(record => record.Step == 20, cancel), cancellation: cancel.Token));

        PretrainRun.Train(_folder.File("run"), [_folder.File("one.jsonl"), _folder.File("two.txt.gz")], Config, resume: true, null, Token);

        AssertUndisturbed("run");
    }

    [Fact]
    public void Texts_too_short_are_refused_before_anything_is_written()
    {
        string[] problems = [.. new[] { 23, 24, 47 }.Select(tokens =>
        {
            // Bytes are tokens here: the vocabulary has no room for more, but for begin and end.
            File.WriteAllText(_texts, string.Concat(Enumerable.Range(0, tokens - 2).Select(i => (char)('!' + i))));
            return Assert.Throws<TrainingException>(() => Train("run")).Message;
        })];
        File.WriteAllText(_texts, "\n \r\n\n");
        var empty = Assert.Throws<DataFormatException>(() => Train("run"));

        Assert.Equal("The texts have 47 tokens, and two sequences of 24 are needed at least: one to learn from, one to hold out. Give more text or lower chunkLength.", problems[2]);
        Assert.Equal("texts.txt: expected lines of text but found none. Name files with text in them.", empty.Message);
        Assert.False(Directory.Exists(_folder.File("run")));
    }

    [Theory]
    [InlineData("a.txt", "good\n\u00ff", "a.txt:1: expected UTF-8 text from here on")]
    [InlineData("a.jsonl", "{\"a\": \"b\"}\n\n{\"a\": \n", "a.jsonl:3: expected a JSON value on the line")]
    [InlineData("a.jsonl", "[\"\\ud800\"]", "a.jsonl:1: expected a JSON value on the line")]
    [InlineData("a.gz", "no gzip file, and long enough to be one", "a.gz: byte 0 after unpacking")]
    public void Damaged_texts_are_refused_by_place(string name, string content, string place)
    {
        File.WriteAllBytes(_folder.File(name), Encoding.Latin1.GetBytes(content));

        var problem = Assert.Throws<DataFormatException>(() => PretrainRun.Train(_folder.File("run"), [_texts, _folder.File(name)], Config, resume: false, null, Token));

        Assert.StartsWith(place, problem.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("run")));
    }

    [Fact]
    public void A_cut_gzip_file_is_refused_and_not_read_in_part()
    {
        Zip("a.txt.gz", string.Concat(Enumerable.Range(0, 2000).Select(i => $"{i * 7919 % 104729} ")));
        byte[] bytes = File.ReadAllBytes(_folder.File("a.txt.gz"));
        File.WriteAllBytes(_folder.File("a.txt.gz"), bytes[..(bytes.Length / 2)]);

        Assert.Throws<DataFormatException>(() => PretrainRun.Train(_folder.File("run"), [_folder.File("a.txt.gz")], Config, resume: false, null, Token));
    }

    [Fact]
    public void The_model_serves_a_recommender_and_the_run_alone_is_none()
    {
        string model = _undisturbed.Result.Folder;
        ThinkRecConfig config = TinyRun.Config with
        {
            Llm = new() { Path = model },
            Prompt = TinyRun.Config.Prompt with { Template = "{history}{target}", HistoryLength = 0, MaxTextTokens = 4 },
        };

        TrainingInputs.Require(config, TinyRun.World, "none");
        TinyRun.Train(_folder.File("recommender"), resume: false, null, Token, config);
        var refused = Assert.Throws<ConfigurationException>(() => RunDirectory.Open(Path.GetDirectoryName(model)!, TinyRun.World));

        Assert.True(File.Exists(_folder.File("recommender/adapters/group-1/adapter_model.safetensors")));
        Assert.Contains("name its llm folder as llm.path", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("checkpointSeconds: -1", "checkpointSeconds is -1")]
    [InlineData("chunkLength: 66\nmaxPositionEmbeddings: 64", "chunkLength 66 exceeds maxPositionEmbeddings 64")]
    [InlineData("vocabularySize: 10", "vocabularySize is 10, expected 300")]
    [InlineData("numAttentionHeads: 3", "not a multiple of num_attention_heads 3")]
    [InlineData("language: { batchSize: 0 }", "language.batchSize is 0")]
    [InlineData("behaviourWindow: 3", "unknown key 'behaviourWindow'")]
    public void Settings_that_cannot_be_are_named(string yaml, string problem) => Assert.Contains(
        problem, Assert.Throws<ConfigurationException>(() => ConfigurationFile.LoadText<PretrainRunConfig>(yaml, "a.yaml", [])).Message, StringComparison.Ordinal);

    private PretrainResult Train(
        string run, bool resume = false, ITrainingWatcher? watcher = null, PretrainRunConfig? config = null, CancellationToken? cancellation = null) =>
        PretrainRun.Train(_folder.File(run), [_texts], config ?? Config, resume, watcher, cancellation ?? Token);

    private void AssertUndisturbed(string run) => Assert.All(
        (string[])["model.safetensors", "tokenizer.json", "config.json"],
        file => Assert.Equal(File.ReadAllBytes(Path.Combine(_undisturbed.Result.Folder, file)), File.ReadAllBytes(_folder.File($"{run}/llm/{file}"))));

    private void Zip(string name, string text)
    {
        using FileStream file = File.Create(_folder.File(name));
        using var gzip = new GZipStream(file, CompressionLevel.Fastest);
        gzip.Write(Encoding.UTF8.GetBytes(text));
    }

    private static string Pick(int i, params string[] words) => words[i % words.Length];

    /// <summary>A run that nothing stopped.</summary>
    public sealed class Undisturbed : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public Undisturbed()
        {
            File.WriteAllLines(_folder.File("texts.txt"), Lines);
            Result = PretrainRun.Train(_folder.File("run"), [_folder.File("texts.txt")], Config, resume: false, null, CancellationToken.None);
        }

        internal PretrainResult Result { get; }

        public void Dispose() => _folder.Dispose();
    }
}
