namespace ThinkRec.Teaching.Endpoint;

/// <summary>Lets requests go to an endpoint: none while it asked for quiet, none faster than agreed, and none that would pass what may be spent. Threads may share it.</summary>
/// <remarks>
/// What the next request costs is estimated by the mean so far, for those under way as well. While no cost is known, requests go one by one.
/// A failed request counts as a request; as a cost it counts nothing, as services bill answers.
/// </remarks>
internal sealed class RequestGate
{
    private readonly Lock _lock = new();
    private readonly EndpointOptions _options;
    private readonly TimeProvider _time;
    private DateTimeOffset _quietUntil;
    private DateTimeOffset _nextSlot;
    private TaskCompletionSource _left = Pulse();
    private long _underWay;
    private long _requests;
    private long _answers;
    private double _cost;
    private bool _hasUnpricedAnswer;

    /// <summary>Opens the gate.</summary>
    /// <param name="options">The limits.</param>
    /// <param name="before">What earlier calls took of them.</param>
    /// <param name="time">The clock.</param>
    public RequestGate(EndpointOptions options, ReasonCost before, TimeProvider time)
    {
        (_options, _time) = (options, time);
        (_requests, _answers) = (before.Requests, before.Answers);
        _cost = options.PriceOf(before.PromptTokens, before.CompletionTokens) ?? 0;
    }

    /// <summary>Waits until a request may be sent. <see cref="Leave"/> must follow.</summary>
    /// <param name="stop">Ends the waiting.</param>
    /// <exception cref="EndpointException">A limit is reached (<see cref="EndpointFailure.Spent"/>), or cannot be kept.</exception>
    public async Task EnterAsync(CancellationToken stop)
    {
        while (Enter() is { } wait)
        {
            await wait(stop).ConfigureAwait(false);
        }
    }

    /// <summary>Says that a request is over.</summary>
    /// <param name="reply">Its answer; null when it has none.</param>
    public void Leave(ChatReply? reply)
    {
        lock (_lock)
        {
            _underWay--;
            if (reply is not null)
            {
                _answers++;
                _cost += _options.PriceOf(reply.PromptTokens, reply.CompletionTokens) ?? 0;
                _hasUnpricedAnswer |= reply.PromptTokens + reply.CompletionTokens == 0;
            }

            _left.SetResult();
            _left = Pulse();
        }
    }

    /// <summary>Keeps all requests back for a while.</summary>
    /// <param name="wait">How long the endpoint asks to wait.</param>
    public void KeepQuiet(TimeSpan wait)
    {
        lock (_lock)
        {
            var until = _time.GetUtcNow() + wait;
            _quietUntil = until > _quietUntil ? until : _quietUntil;
        }
    }

    private static TaskCompletionSource Pulse() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <returns>What to wait for before trying again; null when the request may go.</returns>
    private Func<CancellationToken, Task>? Enter()
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            var wait = (_quietUntil > _nextSlot ? _quietUntil : _nextSlot) - now;
            if (wait > TimeSpan.Zero)
            {
                return stop => Task.Delay(wait, _time, stop);
            }

            if (_options.MaxCost is not null && _answers == 0 && _underWay > 0)
            {
                var left = _left.Task;
                return left.WaitAsync;
            }

            CheckLimits();
            _nextSlot = _options.RequestsPerMinute is { } pace ? now + TimeSpan.FromMinutes(1 / pace) : now;
            _requests++;
            _underWay++;
            return null;
        }
    }

    private void CheckLimits()
    {
        if (_requests >= _options.MaxRequests)
        {
            throw Spent($"{_requests} of {_options.MaxRequests} requests are sent");
        }

        if (_options.MaxCost is not { } most)
        {
            return;
        }

        if (_hasUnpricedAnswer)
        {
            throw new EndpointException("The endpoint does not say how many tokens an answer takes, so no limit of the cost can be kept. Limit the requests instead: --max-requests N.");
        }

        var mean = _answers == 0 ? 0 : _cost / _answers;
        var next = _cost + (mean * (_underWay + 1));
        if (_cost >= most || next > most * (1 + 1e-9)) // the sum of many prices is not exact
        {
            throw Spent(FormattableString.Invariant($"{_cost:0.######} of {most:0.######} is spent, {_underWay} requests are under way, and each takes about {mean:0.######}"));
        }
    }

    private static EndpointException Spent(string what) => new($"{what}. Allow more to go on.") { Kind = EndpointFailure.Spent };
}
