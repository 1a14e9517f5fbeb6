using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Polly;
using Polly.Retry;
using ThinkRec.Files;

namespace ThinkRec.Teaching.Endpoint;

/// <summary>Asks an OpenAI-compatible endpoint, and again when it fails in a way that may pass.</summary>
/// <remarks>Plain HTTP; docs/adr/0006-own-chat-client.md says why. Threads may share it.</remarks>
public sealed class ChatClient : IDisposable
{
    private const int MaxAnswerBytes = 16 << 20;

    private readonly EndpointOptions _options;
    private readonly ApiKeys _keys;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly Uri _address;
    private readonly ResiliencePipeline _retries;
    private readonly RequestGate _gate;
    private volatile bool _usesOtherLimit;   // learnt from a refusal

    /// <summary>Prepares the client; nothing is sent.</summary>
    /// <param name="options">Where and how.</param>
    /// <param name="keys">The keys, each used in turn.</param>
    /// <param name="before">What earlier calls took of the limits in the options, as a journal tells; null for nothing.</param>
    /// <param name="time">The clock; null takes the system's.</param>
    public ChatClient(EndpointOptions options, ApiKeys keys, ReasonCost? before = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(keys);
        options.Validate();
        (_options, _keys, _time) = (options, keys, time ?? TimeProvider.System);
        _address = new Uri(options.Address.AbsoluteUri.TrimEnd('/') + "/chat/completions");
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // a key is for the address that was named
            UseCookies = false,
            UseProxy = !options.Address.IsLoopback,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan }; // each request has its own limit
        _retries = Retries();
        _gate = new RequestGate(options, before ?? ReasonCost.None, _time);
    }

    /// <summary>Asks for one answer.</summary>
    /// <param name="messages">The conversation.</param>
    /// <param name="maxTokens">Tokens that the answer may have, thinking included.</param>
    /// <param name="stop">Stops waiting and repeating; a request under way is still waited for, because it will be paid.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="EndpointException">There is none; its kind says what that means.</exception>
    public async Task<ChatReply> AskAsync(IReadOnlyList<ChatMessage> messages, int maxTokens, CancellationToken stop = default)
    {
        var requests = 0;
        return await _retries.ExecuteAsync(
            async stopping =>
            {
                await _gate.EnterAsync(stopping).ConfigureAwait(false);
                requests++;
                ChatReply? reply = null;
                try
                {
                    return reply = await SendAsync(messages, maxTokens, requests).ConfigureAwait(false);
                }
                finally
                {
                    _gate.Leave(reply);
                }
            },
            stop).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private ResiliencePipeline Retries() => new ResiliencePipelineBuilder { TimeProvider = _time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<EndpointException>(error => error.Kind == EndpointFailure.Transient),
            MaxRetryAttempts = _options.Retries,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = _options.FirstDelay,
            MaxDelay = _options.MaxDelay,
            DelayGenerator = arguments => ValueTask.FromResult((arguments.Outcome.Exception as EndpointException)?.RetryAfter),
        })
        .Build();

    private async Task<ChatReply> SendAsync(IReadOnlyList<ChatMessage> messages, int maxTokens, int requests)
    {
        var usesOtherLimit = _usesOtherLimit;
        var content = ChatRequest.Write(_options, messages, maxTokens, usesOtherLimit);
        using var limit = new CancellationTokenSource(_options.Timeout, _time);
        var key = _keys.Next();
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = new ByteArrayContent(content) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            var body = await ReadAsync(response, limit.Token).ConfigureAwait(false);
            return response.IsSuccessStatusCode
                ? ChatReplyReader.Read(body, response.Content.Headers.ContentType?.MediaType == "text/event-stream", requests)
                : throw Refusal(response, body, key, usesOtherLimit);
        }
        catch (OperationCanceledException error)
        {
            throw Transient(FormattableString.Invariant($"{_address} gave no whole answer within {_options.Timeout.TotalSeconds} s. Allow more time, or ask for shorter answers."), error);
        }
        catch (HttpRequestException error) when (error.HttpRequestError is HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            throw new EndpointException($"{_address} cannot be reached: {error.Message} Check the address.", error);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw Transient($"{_address} was not reached or broke off: {error.Message} Check that it runs.", error);
        }
    }

    private static async Task<string> ReadAsync(HttpResponseMessage response, CancellationToken limit)
    {
        using var stream = await response.Content.ReadAsStreamAsync(limit).ConfigureAwait(false);
        using var whole = new MemoryStream();
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        try
        {
            for (int count; (count = await stream.ReadAsync(buffer, limit).ConfigureAwait(false)) > 0;)
            {
                whole.Write(buffer, 0, count);
                if (whole.Length > MaxAnswerBytes)
                {
                    throw new EndpointException($"The endpoint's answer is longer than {MaxAnswerBytes >> 20} MiB; no chat completion is. Check the address.");
                }
            }

            return AtomicFile.Utf8.GetString(whole.GetBuffer(), 0, (int)whole.Length);
        }
        catch (DecoderFallbackException error)
        {
            throw Transient("The endpoint's answer is not UTF-8 text.", error);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private EndpointException Refusal(HttpResponseMessage response, string body, string? key, bool usesOtherLimit)
    {
        var (code, said) = ChatReplyReader.Error(_keys.Redact(body));
        var status = (int)response.StatusCode;
        var message = $"{_address} answered {status} to model '{_options.Model}': {said}";
        if (status is 401 or 402 or 403 || code == "insufficient_quota")
        {
            return key is not null && _keys.Drop(key)
                ? new EndpointException(message) { Kind = EndpointFailure.Transient, RetryAfter = TimeSpan.Zero }
                : new EndpointException($"{message} Check the key, its rights and its balance.");
        }

        if (status is 400 && !usesOtherLimit && said.Contains(ChatRequest.OtherLimit, StringComparison.Ordinal))
        {
            _usesOtherLimit = true;
            return new EndpointException(message) { Kind = EndpointFailure.Transient, RetryAfter = TimeSpan.Zero };
        }

        if (status is 413 || (status is 400 && IsTooLong(code, said)))
        {
            return new EndpointException(message) { Kind = EndpointFailure.TooLong };
        }

        if (status is 408 or 425 or 429 || (status >= 500 && response.StatusCode != HttpStatusCode.NotImplemented))
        {
            return Later(response, message);
        }

        return status is >= 400 and < 500 and not (404 or 405)
            ? new EndpointException(message) { Kind = EndpointFailure.Refused }
            : new EndpointException($"{message} Check the address and the model.");
    }

    private EndpointException Later(HttpResponseMessage response, string message)
    {
        var asked = response.Headers.RetryAfter;
        var wait = asked?.Delta ?? (asked?.Date is { } date ? date - _time.GetUtcNow() : null);
        if (wait > _options.LongestWait)
        {
            return new EndpointException(FormattableString.Invariant($"{message} It asks to wait {wait.Value.TotalMinutes:0} minutes. Repeat the call then; what was answered is kept."));
        }

        if (wait is { } pause)
        {
            wait = pause < TimeSpan.Zero ? TimeSpan.Zero : pause;
            _gate.KeepQuiet(wait.Value);
        }

        return new EndpointException(message) { Kind = EndpointFailure.Transient, RetryAfter = wait };
    }

    private static bool IsTooLong(string code, string said) =>
        code.Contains("context_length", StringComparison.OrdinalIgnoreCase)
        || said.Contains("context length", StringComparison.OrdinalIgnoreCase)
        || said.Contains("maximum context", StringComparison.OrdinalIgnoreCase);

    private static EndpointException Transient(string message, Exception cause) => new(message, cause) { Kind = EndpointFailure.Transient };
}
