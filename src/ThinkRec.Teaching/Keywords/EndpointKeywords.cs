using ThinkRec.Data;
using ThinkRec.Teaching.Endpoint;

namespace ThinkRec.Teaching.Keywords;

/// <summary>Asks a language model behind an endpoint for keywords, several items at a time, and for no text twice.</summary>
public sealed class EndpointKeywords
{
    private const int FailuresInARow = 5;
    private const int LongestAnswer = 4;   // times the first limit

    private readonly EndpointOptions _endpoint;
    private readonly KeywordCalls _calls;
    private readonly KeywordQuestion _question;
    private readonly KeywordTask?[] _taskOfItem;
    private readonly Dictionary<string, KeywordTask> _tasks = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private ReasonCost _cost = ReasonCost.None;
    private EndpointException? _failure;
    private int _failuresInARow;

    /// <summary>Prepares the work; nothing is asked.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="isWanted">Whether keywords are wanted for an item.</param>
    /// <param name="endpoint">Where the model answers.</param>
    /// <param name="calls">How it is asked.</param>
    public EndpointKeywords(Dataset dataset, Func<ItemText, bool> isWanted, EndpointOptions endpoint, KeywordCalls calls)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(isWanted);
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(calls);
        endpoint.Validate();
        calls.Validate();
        (_endpoint, _calls) = (endpoint, calls);
        _question = new KeywordQuestion(dataset, calls.Max, endpoint.Model);
        _taskOfItem = new KeywordTask?[dataset.Items.Count];
        for (var item = 1; item < _taskOfItem.Length; item++)
        {
            var shown = isWanted(dataset.ItemTexts[item]) ? KeywordQuestion.Show(dataset.ItemTexts[item]) : "";
            _taskOfItem[item] = shown.Length > 0 ? TaskOf(shown) : null;
        }
    }

    /// <summary>Asks until every text has keywords, is refused, or is given up.</summary>
    /// <param name="keys">The endpoint's keys.</param>
    /// <param name="journalPath">Where every answer is kept; what is answered there, for whatever dataset, is not asked for again.</param>
    /// <param name="progress">Told after every answer how many texts are done, and of how many; may be null. Called from several threads, one at a time.</param>
    /// <param name="stop">Ends the asking; answers under way are waited for and kept.</param>
    /// <returns>The keywords and the counts.</returns>
    /// <exception cref="EndpointException">The endpoint does not answer, or a limit of cost or requests is reached; what it did answer is in the journal.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; what was answered is in the journal.</exception>
    public async Task<EndpointKeywordsResult> RunAsync(ApiKeys keys, string journalPath, Action<int, int>? progress = null, CancellationToken stop = default)
    {
        var before = ReasonCost.None;
        using var journal = JournalFile.Open<KeywordJournalHeader, KeywordAnswer>(
            journalPath,
            KeywordJournalHeader.Current,
            found => found == KeywordJournalHeader.Current ? null : $"'{found.Format}' and not '{KeywordJournalHeader.Current.Format}'",
            answer =>
            {
                before = before.Plus(answer.Cost);
                Take(answer);
            });
        var numFound = _tasks.Values.Count(task => task.Keywords is not null);
        using var client = new ChatClient(_endpoint, keys, before);
        var options = new ParallelOptions { MaxDegreeOfParallelism = _calls.Concurrency, CancellationToken = stop };
        try
        {
            while (_tasks.Values.Where(task => task.IsOpen).ToArray() is { Length: > 0 } open)
            {
                KeywordTask[][] questions = [.. open.Where(task => !task.IsAlone).Chunk(_calls.Batch), .. open.Where(task => task.IsAlone).Chunk(1)];
                await Parallel.ForEachAsync(questions, options, async (tasks, halt) => await AskAsync(tasks, client, journal, progress, halt).ConfigureAwait(false)).ConfigureAwait(false);
            }
        }
        catch (EndpointException error) when (error.Kind != EndpointFailure.Fatal)
        {
            throw Explain(error);
        }

        return _tasks.Values.Any(task => task.IsWithoutAnswer) ? throw Explain(_failure!) : Result(numFound);
    }

    private KeywordTask TaskOf(string shown)
    {
        var key = _question.KeyOf(shown);
        return _tasks.TryGetValue(key, out var known) ? known : _tasks[key] = new KeywordTask(key, shown);
    }

    private async Task AskAsync(KeywordTask[] tasks, ChatClient client, JournalFile journal, Action<int, int>? progress, CancellationToken halt)
    {
        try
        {
            var maxTokens = _endpoint.MaxTokens * Math.Min(LongestAnswer, 1 << Math.Min(2, tasks.Max(task => task.CutShort)));
            var reply = await client.AskAsync(_question.Ask(tasks.Select(task => task.Shown)), maxTokens, halt).ConfigureAwait(false);
            var answer = new KeywordAnswer([.. tasks.Select(task => task.Key)], reply, _endpoint.PriceOf(reply.PromptTokens, reply.CompletionTokens));
            journal.Add(answer);
            lock (_lock)
            {
                _failuresInARow = 0;
                Take(answer);
                progress?.Invoke(_tasks.Values.Count(task => !task.IsOpen), _tasks.Count);
            }
        }
        catch (EndpointException error) when (error.Kind is EndpointFailure.TooLong or EndpointFailure.Refused && tasks.Length > 1)
        {
            // One of them may be what is refused, and half is shorter.
            await AskAsync(tasks[..(tasks.Length / 2)], client, journal, progress, halt).ConfigureAwait(false);
            await AskAsync(tasks[(tasks.Length / 2)..], client, journal, progress, halt).ConfigureAwait(false);
        }
        catch (EndpointException error) when (error.Kind is EndpointFailure.TooLong or EndpointFailure.Refused)
        {
            tasks[0].IsRefused = true;
            Fail(error);
        }
        catch (EndpointException error) when (error.Kind == EndpointFailure.Transient)
        {
            Array.ForEach(tasks, task => task.IsWithoutAnswer = true);
            Fail(error);
        }
    }

    private void Fail(EndpointException error)
    {
        lock (_lock)
        {
            _failure = error;
            if (++_failuresInARow >= FailuresInARow)
            {
                throw error;
            }
        }
    }

    private EndpointException Explain(EndpointException failure) => new(
        $"{_tasks.Values.Count(task => task.Keywords is null && !task.IsGivenUp)} text(s) have no keywords yet, at last: {failure.Message} "
        + "What was answered is in the journal: repeat the call to go on.", failure);

    /// <summary>Takes from an answer what is of use here; answers about the texts of other datasets may be among them.</summary>
    private void Take(KeywordAnswer answer)
    {
        var found = KeywordReply.Parse(answer.Reply, answer.Items.Length);
        var isOurs = false;
        for (var place = 0; place < found.Length; place++)
        {
            if (_tasks.TryGetValue(answer.Items[place], out var task))
            {
                isOurs = true;
                task.Answers++;
                task.CutShort += answer.Reply.Finish == "length" ? 1 : 0;
                task.Keywords ??= found[place];
            }
        }

        _cost = isOurs ? _cost.Plus(answer.Cost) : _cost;
    }

    private EndpointKeywordsResult Result(int numFound) => new()
    {
        Keywords = [.. _taskOfItem.Select(task => task?.Keywords is { } words ? words[..Math.Min(words.Length, _calls.Max)] : [])],
        Texts = _tasks.Count,
        Found = numFound,
        GivenUp = _tasks.Values.Count(task => task.IsGivenUp),
        Refused = _tasks.Values.Count(task => task.IsRefused),
        Cost = _cost,
    };
}
