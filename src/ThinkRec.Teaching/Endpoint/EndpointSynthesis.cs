using System.Security.Cryptography;
using System.Text;
using ThinkRec.Data;

namespace ThinkRec.Teaching.Endpoint;

/// <summary>Asks a teacher behind an endpoint about training rows and keeps the reasons that argue for what the user did.</summary>
public sealed class EndpointSynthesis
{
    private const int FailuresInARow = 5;

    private readonly Dataset _dataset;
    private readonly ReasonSynthesisOptions _rows;
    private readonly EndpointOptions _endpoint;
    private readonly TeacherOptions _options;
    private readonly TeacherPrompt _prompt;
    private readonly TeacherDialogue _dialogue;
    private readonly ReasonChecks _checks;

    /// <summary>Prepares the work; nothing is asked.</summary>
    /// <param name="dataset">The dataset; only its training rows are asked about.</param>
    /// <param name="rows">How many reasons, and from which rows.</param>
    /// <param name="endpoint">Where the teacher answers.</param>
    /// <param name="options">How it is asked.</param>
    public EndpointSynthesis(Dataset dataset, ReasonSynthesisOptions rows, EndpointOptions endpoint, TeacherOptions options)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(options);
        endpoint.Validate();
        options.Validate();
        (_dataset, _rows, _endpoint, _options) = (dataset, rows, endpoint, options);
        _prompt = new TeacherPrompt(dataset, rows.HistoryLength);
        _dialogue = new TeacherDialogue(options, _prompt, endpoint.MaxTokens);
        _checks = new ReasonChecks(dataset, rows.HistoryLength);
    }

    /// <summary>Asks until enough reasons are kept or the rows run out. Which rows are asked about depends on seed and answers alone, not on their timing.</summary>
    /// <param name="keys">The endpoint's keys.</param>
    /// <param name="journalPath">Where every answer is kept; answers found there are not asked for again.</param>
    /// <param name="progress">Told after every row how many rows are finished and how many reasons are kept; may be null.</param>
    /// <param name="stop">Ends the asking; answers under way are waited for and kept.</param>
    /// <returns>The reasons and the counts; those of the rows finished, where a limit of cost or requests ends the asking.</returns>
    /// <exception cref="EndpointException">The endpoint does not answer; what it did answer is in the journal.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; what was answered is in the journal.</exception>
    public async Task<EndpointSynthesisResult> RunAsync(
        ApiKeys keys, string journalPath, Action<int, int>? progress = null, CancellationToken stop = default)
    {
        var rows = ReasonSynthesis.RowsToAsk(_dataset, _rows);
        var last = Math.Min(rows.Length, _options.MaxRows);
        using var journal = SynthesisJournal.Open(journalPath, Header());
        using var client = new ChatClient(_endpoint, keys, journal.Cost);
        using var halt = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var tally = new SynthesisTally(journal.Found);
        var running = new List<Task<FinishedRow>>();
        Exception? failure = null;
        for (var next = 0; ;)
        {
            // Reasons under way count as kept: no row is asked about that the seed's order does not need.
            while (!halt.IsCancellationRequested && tally.Limit is null && next < last && running.Count < _options.Concurrency && tally.Kept + running.Count < _rows.Count)
            {
                running.Add(AskAsync(rows[next++], client, journal, halt.Token));
            }

            if (running.Count == 0)
            {
                break;
            }

            var finished = await Task.WhenAny(running).ConfigureAwait(false);
            running.Remove(finished);
            failure ??= await TakeAsync(finished, tally).ConfigureAwait(false);
            if (failure is not null)
            {
                await halt.CancelAsync().ConfigureAwait(false);
            }

            progress?.Invoke(tally.Asked, tally.Kept);
        }

        stop.ThrowIfCancellationRequested();
        return failure is not null ? throw Explain(failure, tally)
            : tally.Open > 0 ? throw Explain(tally.LastFailure!, tally)
            : tally.Result();
    }

    private static async Task<Exception?> TakeAsync(Task<FinishedRow> task, SynthesisTally tally)
    {
        try
        {
            tally.Add(await task.ConfigureAwait(false));
            return tally.FailuresInARow >= FailuresInARow ? tally.LastFailure : null;
        }
        catch (OperationCanceledException)
        {
            return null; // stopped, or halted by a failure that is known already
        }
        catch (Exception error) when (error is EndpointException or IOException or UnauthorizedAccessException)
        {
            return error;
        }
    }

    private static Exception Explain(Exception failure, SynthesisTally tally) => failure is EndpointException { Kind: not EndpointFailure.Fatal } known
        ? new EndpointException($"{tally.Open + tally.Refused} row(s) got no answer, at last: {known.Message} What was answered is in the journal: repeat the call to go on.", known)
        : failure;

    private async Task<FinishedRow> AskAsync(int row, ChatClient client, SynthesisJournal journal, CancellationToken stop)
    {
        var interaction = _dataset.Interactions[row];
        var key = (_dataset.Users[interaction.User], _dataset.Items[interaction.Item], interaction.Timestamp);
        var entries = journal.Of(key);
        List<TeacherReply> replies = [.. entries.Select(entry => new TeacherReply(entry.Reply))];
        EndpointException? refusal = null;
        var shorter = 0;
        while (_dialogue.Next(row, interaction.Label, replies, shorter) is { } question)
        {
            try
            {
                var reply = await client.AskAsync(question.Messages, question.MaxTokens, stop).ConfigureAwait(false);
                var entry = new JournalEntry(key.Item1, key.Item2, key.Timestamp, reply, _endpoint.PriceOf(reply.PromptTokens, reply.CompletionTokens));
                journal.Add(entry);
                entries.Add(entry);
                replies.Add(new TeacherReply(reply));
            }
            catch (EndpointException error) when (error.Kind == EndpointFailure.TooLong)
            {
                refusal = error;
                shorter++;
            }
            catch (EndpointException error) when (error.Kind is EndpointFailure.Refused or EndpointFailure.Transient or EndpointFailure.Spent)
            {
                refusal = error;
                break;
            }
        }

        var cost = entries.Aggregate(ReasonCost.None, (sum, entry) => sum.Plus(entry.Cost));
        return !_dialogue.IsFinished(interaction.Label, replies)
            ? new FinishedRow(row, EndOf(refusal!), null, 0, cost, refusal)
            : Conclude(row, key, replies, cost);
    }

    private static RowEnd EndOf(EndpointException refusal) => refusal.Kind switch
    {
        EndpointFailure.Transient => RowEnd.Open,
        EndpointFailure.Spent => RowEnd.Unfinished,
        _ => RowEnd.Refused,
    };

    private FinishedRow Conclude(int row, (string User, string Item, long Timestamp) key, List<TeacherReply> replies, ReasonCost cost)
    {
        var label = _dataset.Interactions[row].Label;
        var outcome = _dialogue.Conclude(label, replies);
        if (outcome.Reason is null)
        {
            return new FinishedRow(row, outcome.End, null, 0, cost, null);
        }

        var verdict = _checks.Check(row, outcome.Reason);
        var reason = new ReasonRow(
            key.User, key.Item, key.Timestamp, label ? "Yes" : "No", outcome.Reason, _endpoint.Model, outcome.How, verdict.Passed)
        {
            Cost = cost,
        };
        return new FinishedRow(row, RowEnd.Kept, reason, verdict.Problems.Count, cost, null);
    }

    private JournalHeader Header()
    {
        static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        var files = _dataset.Card.Files.OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => $"{file.Key} {file.Value}\n");
        return new JournalHeader(
            JournalHeader.CurrentFormat, Hash(string.Concat(files)), _endpoint.Model, _options.Protocol.ToString(),
            _rows.HistoryLength, _endpoint.Temperature, Hash(_prompt.Instructions));
    }
}
