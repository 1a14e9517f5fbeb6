using ThinkRec.Data;
using ThinkRec.Models.Collaborative;
using ThinkRec.Models.Llm;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.Teaching;
using ThinkRec.Torch;
using ThinkRec.Training.Encoders;
using ThinkRec.Training.Grouping;
using ThinkRec.Training.Loop;
using ThinkRec.Training.Runs;
using ThinkRec.Training.Stages;

namespace ThinkRec.Training.Pipeline;

/// <summary>Trains ThinkRec, or a method it is compared with: the stages of the method's plan in their order, each resumable.</summary>
public sealed partial class ThinkRecTraining
{
    private readonly MethodPlan _plan;
    private readonly ThinkRecConfig _config;
    private readonly Dataset _dataset;
    private readonly StageRunner _runner;
    private readonly Histories _histories;

    /// <summary>Prepares the training.</summary>
    /// <param name="config">All settings; those of stages that the run's method does not have do not count.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="datasetFolder">Its folder, where a reasons.jsonl may lie.</param>
    /// <param name="runner">The run; its method decides which stages there are.</param>
    public ThinkRecTraining(ThinkRecConfig config, Dataset dataset, string datasetFolder, StageRunner runner)
    {
        _plan = MethodPlan.Of(runner.Run.Card.Method);
        _config = _plan.Resolve(config);
        _dataset = dataset;
        _runner = runner;
        _histories = new Histories(dataset, config.Prompt.StrictTime);
        DatasetFolder = datasetFolder;
    }

    private string DatasetFolder { get; }

    /// <summary>Runs all stages, or those up to one.</summary>
    /// <param name="lastStage">Stops after this one; null for all.</param>
    public void Run(string? lastStage = null)
    {
        ICollaborativeEncoder? encoder = _plan.Has(MethodPlan.Prompts) ? new ConstantEncoder() : null;
        ReasoningModel? model = null;
        var stages = new Dictionary<string, Action>
        {
            [MethodPlan.Encoder] = () => encoder = TrainEncoder(),
            [MethodPlan.Llm] = () => model = TrainLanguageModel(encoder),
            [MethodPlan.Prompts] = () => TrainPrompts(model!),
            [MethodPlan.Thinking] = () => TrainAdapter(model!),
            [MethodPlan.Tuning] = () => TrainAdapter(model!),
            [MethodPlan.Projector] = () => TrainProjector(model!),
            [MethodPlan.Groups] = () => GroupUsers(encoder!),
            [MethodPlan.Experts] = () => TrainExperts(model!),
        };
        try
        {
            foreach (string stage in _plan.Until(lastStage))
            {
                stages[stage]();
            }
        }
        finally
        {
            model?.Dispose();
            encoder?.Dispose();
        }
    }

    private ICollaborativeEncoder TrainEncoder()
    {
        string folder = _runner.Run.PathOf("encoder");
        _runner.Once("encoder", () =>
        {
            using ICollaborativeEncoder trained = _config.Encoder.Run is string run
                ? EncoderFolder.Load(Path.Combine(run, "encoder"), _dataset)
                : EncoderTraining.Train(_dataset, _config.Encoder.Train, _runner.FitOptions("encoder"), TimeProvider.System, _runner.Cancellation);
            _runner.Save(() => EncoderFolder.Save(trained, _dataset, folder));
        }, together: true);
        if (_config.Encoder.Run is null)
        {
            EncoderFolds.Train(_runner, _dataset, _config.Encoder.Train, _config.Encoder.Folds);
        }

        return EncoderFolds.Load(folder, _config.Encoder.Run ?? _runner.Run.Folder, _dataset, _config.Encoder.Folds);
    }

    private ReasoningModel TrainLanguageModel(ICollaborativeEncoder? encoder)
    {
        if (_config.Llm.Path is string path)
        {
            return Frame(LanguageModel.Load(path, _config.Llm.Options with { Device = _runner.Device }), encoder);
        }

        string folder = _runner.Run.PathOf("llm");
        if (_runner.Run.Result("behaviour") is null)
        {
            // Whatever the method's prompts show later, the model itself learns from likes and dislikes: a history of likes alone would teach it to say Yes.
            ThinkRecConfig whole = _config with { Prompt = _config.Prompt with { History = HistoryKind.Dual, Labels = true } };
            IReadOnlyList<string> texts = LanguageModelTraining.Texts(_dataset, _config.Prompt, _config.Llm.Pretrain.Texts);
            using ReasoningModel model = Frame(LanguageModelTraining.TrainOnText(_runner, _config.Llm.Pretrain, texts, _config.Prompt, _runner.Run.PathOf("llm-text")), encoder, whole.Prompt);
            LanguageModelTraining.TrainOnHistories(_runner, whole, model, _dataset, folder);
        }

        return Frame(LanguageModel.Load(folder, new LoadOptions { Device = _runner.Device }), encoder);
    }

    private ReasoningModel Frame(LanguageModel languageModel, ICollaborativeEncoder? encoder, PromptOptions? prompt = null) =>
        new(languageModel, new PromptEncoder(_dataset, languageModel.Tokenizer, prompt ?? _config.Prompt), ownsEncoder: false)
        {
            Encoder = encoder,
            ScoreRule = _config.Score,
            AdapterScaling = _config.Lora.Scaling,
            TextOnly = true,
        };

    private void TrainAdapter(ReasoningModel model)
    {
        LlamaModel llama = model.LanguageModel.Model;
        string folder = _runner.Run.PathOf("adapters/global");
        if (_runner.Run.Result(_plan.AdapterStage) is null)
        {
            StartAdapter(llama);
            ThinkingOptions options = _config.Thinking;
            var stage = Tuning(
                model, _plan.AdapterStage, ExpertFusion.Global, Adapters.Parameters(llama, ExpertFusion.Global), options.Optimization, ThinkingExamples(), null,
                vectorShare: _plan.Has(MethodPlan.Prompts) ? 1 : 0, mayKeepStart: _plan.Has(MethodPlan.Prompts));
            _runner.Fit(stage, () => AdapterFolder.Save(llama, ExpertFusion.Global, _config.Lora, folder, BaseModelName()));
            Adapters.Remove(llama, ExpertFusion.Global);
        }

        if (_runner.Paused is not null)
        {
            return;
        }

        AdapterFolder.Load(llama, ExpertFusion.Global, folder);
        Freeze(Adapters.Parameters(llama, ExpertFusion.Global));
    }

    private void TrainProjector(ReasoningModel model)
    {
        if (!_config.Projector.Enabled)
        {
            return;
        }

        string file = _runner.Run.PathOf(ThinkRecRun.ProjectorFile);
        if (_runner.Run.Result("projector") is null)
        {
            using Projector projector = LanguageModelTraining.FreshProjector(_runner, _config, model);
            if (_config.Llm.Path is null && _config.Llm.Pretrain.VectorShare > 0)
            {
                using var learnt = SafetensorsFile.Open(_runner.Run.PathOf(LanguageModelTraining.ProjectorStart));
                foreach (Parameter parameter in projector.Parameters())
                {
                    learnt.ReadInto(parameter.Key, parameter.Value);
                }
            }

            model.Projector = projector;
            model.TextOnly = false;
            var stage = Tuning(
                model, "projector", ExpertFusion.Global, [.. projector.Parameters()], _config.Projector.Optimization, ThinkingExamples(), null, vectorShare: 1,
                mayKeepStart: _config.Projector.Shape == ProjectorShape.Full); // it starts at the encoder's own answer
            _runner.Fit(stage, () => SafetensorsWriter.Write(file, projector.Parameters().Select(p => (p.Key, p.Value))));
            model.Projector = null;
            model.TextOnly = true;
        }
    }

    private void GroupUsers(ICollaborativeEncoder encoder)
    {
        if (_config.Experts.Enabled)
        {
            _runner.Once("groups", () =>
            {
                using ICollaborativeEncoder? other = GroupingEncoder();
                Grouping(other ?? encoder).Write(_runner.Run.PathOf(ExpertsFile.FileName));
            });
        }
    }

    /// <remarks>Differs from the authors' user_group.py: only users with training rows are grouped, each at the end of training, so that nothing of later splits leaks in.</remarks>
    private ExpertsFile Grouping(ICollaborativeEncoder encoder)
    {
        UserState[] states = [.. _dataset.RowsOf(Split.Train).GroupBy(r => _dataset.Interactions[r].User).OrderBy(g => g.Key)
            .Select(g => new UserState(g.Key, [.. g.TakeLast(ValidationSet.EncoderHistory)]))];
        float[][] vectors;
        using (TensorScope.Begin())
        {
            using var noGrad = NoGrad.Begin();
            vectors = [.. encoder.UserVectors(states).ToFloats().Chunk(encoder.VectorSize)];
        }

        ExpertOptions options = _config.Experts;
        int[] labels = UserGrouping.Cluster(vectors, options.Count, options.Clustering, _runner.Seed);
        float[][] centroids = UserGrouping.Centroids(vectors, labels);
        string[][] users = [.. Enumerable.Range(0, centroids.Length)
            .Select(k => states.Where((_, i) => labels[i] == k).Select(s => _dataset.Users[s.User]).ToArray())];
        return new ExpertsFile(encoder.Name, options.Temperature, options.Fusion, 0, [.. users.Select(u => u.Length)], centroids, users);
    }

    private void TrainExperts(ReasoningModel model)
    {
        if (!_config.Experts.Enabled)
        {
            return;
        }

        LlamaModel llama = model.LanguageModel.Model;
        var experts = ExpertsFile.Read(_runner.Run.PathOf(ExpertsFile.FileName), _config.Experts.GroupBy is null ? model.Encoder!.VectorSize : null);
        int firstLayer = Math.Max(0, llama.Config.NumHiddenLayers - _config.Experts.LastLayers);
        using TrunkCache? trunk = firstLayer == 0 ? null : new TrunkCache(
            model, ExpertFusion.Global, firstLayer, new StateStore((long)_config.Experts.CacheMiB << 20, (long)_config.Experts.CacheDiskMiB << 20, _runner.Run.PathOf("cache/trunk.bin")));
        for (int group = 0; group < experts.Centroids.Length; group++)
        {
            string name = ExpertFusion.Expert(group);
            if (_runner.Run.Result(name) != null)
            {
                continue;
            }

            HashSet<int> users = [.. experts.Users[group].Select(id => _dataset.Users.Find(id)!.Value)];
            Adapters.Fork(llama, ExpertFusion.Global, name, _config.Lora, firstLayer);
            IReadOnlyList<Parameter> own = Adapters.Parameters(llama, name, firstLayer);
            foreach (Parameter parameter in own)
            {
                parameter.Trainable = true;
            }

            var stage = Tuning(model, name, name, own, _config.Experts.Optimization, ThinkingExamples(users), users, mayKeepStart: true, trunk: trunk); // it starts as the global adapter
            _runner.Fit(stage, () => AdapterFolder.Save(llama, name, _config.Lora, _runner.Run.PathOf($"adapters/{name}"), BaseModelName()));
            Adapters.Remove(llama, name);
        }

        _runner.Save(() => (experts with { FirstLayer = firstLayer }).Write(_runner.Run.PathOf(ExpertsFile.FileName)));
    }

    private TuningStage Tuning(
        ReasoningModel model, string name, string adapter, IReadOnlyList<Parameter> parameters, OptimizationOptions optimization,
        (Example[] Plain, Example[] Thinking) examples, IReadOnlySet<int>? users, double vectorShare = 0, bool mayKeepStart = false, TrunkCache? trunk = null) => new(model, model.Prompts, new TuningPlan
        {
            Name = name,
            Parameters = parameters,
            Adapter = adapter,
            VectorShare = vectorShare,
            Trunk = trunk,
            Samples = new MixedSampler(
                examples.Plain, examples.Thinking, _config.Thinking.Share, optimization.StepsPerEpoch * optimization.BatchSize, _runner.Seed, name),
            Objective = _config.Thinking.Objective,
            Optimization = optimization,
            MaxReasonTokens = _config.Thinking.MaxReasonTokens,
            Validation = new ValidationSet(_dataset, _config.Prompt, _config.ValidationRows, _runner.Seed, users),
            Seed = _runner.Seed,
            MayKeepStart = mayKeepStart,
        });

    private (Example[] Plain, Example[] Thinking) ThinkingExamples(HashSet<int>? users = null)
    {
        bool Wanted(int row) => users is null || users.Contains(_dataset.Interactions[row].User);
        Example[] plain = [.. _dataset.RowsOf(Split.Train).Where(Wanted).Select(r => ExampleOf(r, null))];
        if (!_config.Thinking.Enabled)
        {
            return (plain, []);
        }

        return (plain, [.. Reasons().Where(reason => Wanted(reason.Row)).Select(reason => ExampleOf(reason.Row, reason.Text))]);
    }

    private IReadOnlyList<(int Row, string Text)> Reasons()
    {
        if (TrainingInputs.ReasonsOf(_config, DatasetFolder) is string path)
        {
            return TeacherReasons.Read(path, _dataset).Usable;
        }

        string written = _runner.Run.PathOf(ReasonFile.FileName);
        if (_runner.Run.Parallel.IsFirst && !File.Exists(written))
        {
            var options = new ReasonSynthesisOptions { Count = _config.Thinking.Count, Seed = _runner.Seed, HistoryLength = Math.Max(1, _config.Prompt.HistoryLength) };
            ReasonFile.Write(written, ReasonSynthesis.Run(_dataset, options).Reasons);
        }

        _runner.Run.Parallel.Barrier();
        return TeacherReasons.Read(written, _dataset).Usable;
    }

    private Example ExampleOf(int row, string? reason) => new(
        ValidationSet.StateBefore(_dataset, _histories, _config.Prompt, row) with { OutOfFold = true }, _dataset.Interactions[row].Item, _dataset.Interactions[row].Label, reason);

    private string BaseModelName() => _config.Llm.Path ?? "../../llm";

    private static void Freeze(IEnumerable<Parameter> parameters)
    {
        foreach (Parameter parameter in parameters)
        {
            parameter.Trainable = false;
        }
    }
}
