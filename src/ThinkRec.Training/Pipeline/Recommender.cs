using ThinkRec.Data;
using ThinkRec.Files;
using ThinkRec.Models.Llm;
using ThinkRec.Models.Reasoning;
using ThinkRec.Nn;
using ThinkRec.Teaching;
using ThinkRec.Torch;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Runs;

namespace ThinkRec.Training.Pipeline;

/// <summary>Where a reason came from.</summary>
public enum ReasonSource
{
    /// <summary>The language model wrote it, and every check passed.</summary>
    Model,

    /// <summary>The model's own words failed a check, so the evidence itself is given.</summary>
    Evidence,
}

/// <summary>A scored item.</summary>
/// <param name="Item">Dense index.</param>
/// <param name="Score">Log-odds of Yes.</param>
public sealed record ScoredItem(int Item, double Score)
{
    /// <summary>The score as a probability.</summary>
    public double Probability => 1 / (1 + Math.Exp(-Score));
}

/// <summary>Why an item is recommended or not.</summary>
/// <param name="Text">The reason; starts with the answer.</param>
/// <param name="Source">Where it came from.</param>
/// <param name="Problems">What the checks found in the model's own words; none when they passed.</param>
/// <param name="ModelText">The model's own words.</param>
public sealed record Explanation(string Text, ReasonSource Source, IReadOnlyList<string> Problems, string ModelText);

/// <summary>Answers questions about users with a trained run: scores, ranked items, reasons.</summary>
public sealed class Recommender : IDisposable
{
    private readonly Dataset _dataset;
    private readonly Histories _histories;
    private readonly ReasoningModel _model;
    private readonly CandidateScorer _scorer;
    private readonly ReasonGenerator _generator;
    private readonly ReasonChecks _checks;
    private readonly LocalTeacher _evidence;
    private readonly int _historyLength;
    private readonly LoraConfig _lora;
    private readonly string _baseModel;

    /// <summary>Loads a run.</summary>
    /// <param name="run">A finished run of a method with a language model.</param>
    /// <param name="dataset">The dataset it was trained on.</param>
    /// <param name="device">Where the language model computes; null for the CPU.</param>
    /// <exception cref="ConfigurationException">The run is of another method.</exception>
    public Recommender(RunDirectory run, Dataset dataset, Device? device = null)
    {
        if (!Methods.OfLanguageModels.Contains(run.Card.Method))
        {
            throw new ConfigurationException(run.Folder, [$"it is a run of '{run.Card.Method}'; scores and reasons for users need a run of {string.Join(", ", Methods.OfLanguageModels)}"]);
        }

        ThinkRecConfig config = ThinkRecRun.Config(run);
        _dataset = dataset;
        _model = ThinkRecRun.Load(run, dataset, config, device: device);
        _histories = new Histories(dataset, config.Prompt.StrictTime);
        _scorer = new CandidateScorer(_model);
        _generator = new ReasonGenerator(_model);
        _lora = config.Lora;
        _baseModel = Path.GetFullPath(config.Llm.Path ?? run.PathOf("llm"));
        _historyLength = Math.Max(1, config.Prompt.HistoryLength);
        _checks = new ReasonChecks(dataset, _historyLength);
        _evidence = new LocalTeacher(dataset, _historyLength);
    }

    /// <summary>The user now: all that is known of the user's past, up to what the model looks at.</summary>
    /// <param name="userId">Id in the dataset.</param>
    /// <returns>The state.</returns>
    /// <exception cref="ConfigurationException">There is no such user.</exception>
    public UserState StateOf(string userId)
    {
        int user = _dataset.Users.Find(userId)
            ?? throw new ConfigurationException("--user", [$"dataset '{_dataset.Name}' has no user '{userId}' ({_dataset.Users.Count - 1} users, the first is '{(_dataset.Users.Count > 1 ? _dataset.Users[1] : "none")}')"]);
        return new UserState(user, _histories.Latest(user, Math.Max(_historyLength, Stages.ValidationSet.EncoderHistory), HistoryKind.Dual));
    }

    /// <summary>Finds items by their ids.</summary>
    /// <param name="itemIds">Ids in the dataset.</param>
    /// <returns>Dense indices.</returns>
    /// <exception cref="ConfigurationException">Names every id that is not there.</exception>
    public int[] ItemsOf(IReadOnlyList<string> itemIds)
    {
        string[] unknown = [.. itemIds.Where(id => _dataset.Items.Find(id) is null).Select(id => $"dataset '{_dataset.Name}' has no item '{id}'")];
        return unknown.Length > 0 ? throw new ConfigurationException("--items", unknown)
            : [.. itemIds.Select(id => _dataset.Items.Find(id)!.Value)];
    }

    /// <summary>Scores items for a user.</summary>
    /// <param name="state">The user.</param>
    /// <param name="items">Dense indices.</param>
    /// <param name="cancellation">Stops between two batches.</param>
    /// <returns>In the items' order.</returns>
    public ScoredItem[] Score(UserState state, int[] items, CancellationToken cancellation = default) =>
        [.. items.Zip(_scorer.Score([new ScoreRequest(state, items)], cancellation: cancellation)[0], (item, score) => new ScoredItem(item, score))];

    /// <summary>The best items that the user has not rated.</summary>
    /// <param name="state">The user.</param>
    /// <param name="count">How many.</param>
    /// <param name="cancellation">Stops between two batches.</param>
    /// <returns>In falling order; equal scores by index.</returns>
    public ScoredItem[] Recommend(UserState state, int count, CancellationToken cancellation = default)
    {
        HashSet<int> seen = [.. _histories.Latest(state.User, int.MaxValue, HistoryKind.Dual).Select(r => _dataset.Interactions[r].Item)];
        int[] candidates = [.. Enumerable.Range(1, _dataset.Items.Count - 1).Where(i => !seen.Contains(i))];
        return [.. Score(state, candidates, cancellation).OrderByDescending(s => s.Score).ThenBy(s => s.Item).Take(count)];
    }

    /// <summary>Which experts serve a user.</summary>
    /// <param name="state">The user.</param>
    /// <returns>The gate's decision; null when the run has no experts.</returns>
    public GateDecision? Gate(UserState state) => _model.Decide([state])?[0];

    /// <summary>Says why. The model's own words are checked against history and metadata; where they fail, the evidence itself is given instead.</summary>
    /// <param name="state">The user.</param>
    /// <param name="scored">An item and its score.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    /// <returns>The reason and its source.</returns>
    public Explanation Explain(UserState state, ScoredItem scored, CancellationToken cancellation = default)
    {
        bool isYes = scored.Score > 0;
        string answer = isYes ? "Yes." : "No.";
        string generated = $"{answer} {_generator.Generate(state, scored.Item, isYes, new GenerationOptions { MaxNewTokens = 96 }, cancellation)}".Trim();
        ReasonVerdict verdict = _checks.Check(state.History, scored.Item, isYes, generated);
        string[] problems = [.. verdict.Problems, .. EmptyTalk(state, scored.Item, generated[answer.Length..])];
        if (problems.Length == 0)
        {
            return new Explanation(generated, ReasonSource.Model, [], generated);
        }

        return new Explanation(Evidence(state, scored.Item, isYes, answer), ReasonSource.Evidence, problems, generated);
    }

    /// <summary>Writes what serves a user as one plain adapter.</summary>
    /// <param name="decision">The gate's decision for the user; null for the global adapter.</param>
    /// <param name="folder">Target; new or empty.</param>
    /// <returns>Its settings.</returns>
    public AdapterConfig SaveAdapter(GateDecision? decision, string folder)
    {
        const string Name = "user";
        LlamaModel llama = _model.LanguageModel.Model;
        AdapterConfig config = FusedAdapter.Attach(llama, decision, _model.Fusion, _lora, Name);
        AtomicFolder.Write(folder, temporary => AdapterFolder.Save(llama, Name, config, temporary, _baseModel));
        Adapters.Remove(llama, Name);
        return config;
    }

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();

    /// <summary>What makes words no reason, even where nothing in them is wrong.</summary>
    private IEnumerable<string> EmptyTalk(UserState state, int item, string words)
    {
        string[] all = words.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        IEnumerable<string> evidence = state.History.TakeLast(_historyLength).Select(r => _dataset.ItemTexts[_dataset.Interactions[r].Item].Title)
            .Concat(_dataset.ItemTexts[item].Keywords);
        if (!evidence.Any(e => e.Length > 0 && words.Contains(e, StringComparison.OrdinalIgnoreCase)))
        {
            yield return $"It names no {_dataset.ItemNoun} of the history and no keyword.";
        }

        if (all.Length > 8 && all.Distinct(StringComparer.OrdinalIgnoreCase).Count() * 2 < all.Length)
        {
            yield return "It repeats itself.";
        }
    }

    private string Evidence(UserState state, int item, bool isYes, string answer)
    {
        if (state.History.Length == 0)
        {
            return $"{answer} Nothing is known of this user yet; the answer rests on the {_dataset.ItemNoun} alone.";
        }

        TeacherAnswer evidence = _evidence.Answer(state.History, item, item);
        return evidence.IsYes == isYes ? evidence.Reason
            : $"{answer} The shared keywords alone would say otherwise; the answer rests on what similar users enjoyed.";
    }
}
