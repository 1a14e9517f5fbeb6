namespace ThinkRec.Teaching.Endpoint;

/// <summary>Where a teacher answers, and how it is asked.</summary>
public sealed record EndpointOptions
{
    /// <summary>Base address, such as <c>http://localhost:8000/v1</c>; <c>chat/completions</c> is asked below it.</summary>
    public required Uri Address { get; init; }

    /// <summary>The model's name as the endpoint knows it.</summary>
    public required string Model { get; init; }

    /// <summary>How long one request may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often a request is repeated that may succeed later; 1 or more.</summary>
    public int Retries { get; init; } = 8;

    /// <summary>The mean wait before the first repetition; it doubles, with jitter.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait between repetitions that the endpoint did not ask for.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The longest wait that the endpoint may ask for with Retry-After.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether answers are asked for piece by piece, which keeps proxies from closing a connection that is silent for long.</summary>
    public bool Stream { get; init; }

    /// <summary>Sampling temperature; null leaves it to the endpoint.</summary>
    public double? Temperature { get; init; }

    /// <summary>Tokens that a first answer may have, thinking included.</summary>
    public int MaxTokens { get; init; } = 1024;

    /// <summary>Price of a million tokens read; null where it is not known.</summary>
    public double? PromptPrice { get; init; }

    /// <summary>Price of a million tokens written; null where it is not known.</summary>
    public double? CompletionPrice { get; init; }

    /// <summary>What all answers may cost; a request that is likely to pass it is not sent. Null for no limit; needs both prices.</summary>
    public double? MaxCost { get; init; }

    /// <summary>Requests that may be sent, repeated ones included; null for no limit.</summary>
    public int? MaxRequests { get; init; }

    /// <summary>Requests that are sent in a minute at most, evenly spaced; null for no limit.</summary>
    public double? RequestsPerMinute { get; init; }

    /// <summary>What tokens cost.</summary>
    /// <param name="promptTokens">Tokens read.</param>
    /// <param name="completionTokens">Tokens written.</param>
    /// <returns>Money in the unit of the prices; null where neither is known.</returns>
    public double? PriceOf(long promptTokens, long completionTokens) => PromptPrice is null && CompletionPrice is null
        ? null
        : ((promptTokens * (PromptPrice ?? 0)) + (completionTokens * (CompletionPrice ?? 0))) / 1e6;

    /// <summary>Finds what cannot be.</summary>
    /// <exception cref="ArgumentException">Names every value that is out of range.</exception>
    public void Validate()
    {
        string[] problems = [.. Problems()];
        if (problems.Length > 0)
        {
            throw new ArgumentException($"The endpoint's options have {problems.Length} problem(s): {string.Join("; ", problems)}.");
        }
    }

    private IEnumerable<string> Problems()
    {
        if (!Address.IsAbsoluteUri || Address.Scheme is not ("http" or "https"))
        {
            yield return "the address must begin with http:// or https://";
        }
        else if (Address.UserInfo.Length + Address.Query.Length + Address.Fragment.Length > 0)
        {
            yield return "the address must be without user, password, query and fragment (keys come from an environment variable)";
        }

        if (string.IsNullOrWhiteSpace(Model))
        {
            yield return "the model has no name";
        }

        if (Timeout < TimeSpan.FromMilliseconds(1) || Timeout > TimeSpan.FromDays(1))
        {
            yield return FormattableString.Invariant($"the timeout must be above 0 and at most a day but is {Timeout.TotalSeconds} s");
        }

        if (Retries is < 1 or > 100)
        {
            yield return $"retries must be 1 to 100 but are {Retries}";
        }

        if (MaxTokens is < 16 or > 1_000_000)
        {
            yield return $"the longest answer must be 16 to 1000000 tokens but is {MaxTokens}";
        }

        if (Temperature is not (null or (>= 0 and <= 2)))
        {
            yield return FormattableString.Invariant($"the temperature must be 0 to 2 but is {Temperature}");
        }

        if (PromptPrice is not (null or (>= 0 and <= 1e6)) || CompletionPrice is not (null or (>= 0 and <= 1e6)))
        {
            yield return "prices must be 0 to 1000000 for a million tokens";
        }

        foreach (var problem in LimitProblems())
        {
            yield return problem;
        }
    }

    private IEnumerable<string> LimitProblems()
    {
        if (MaxCost is not (null or (> 0 and <= 1e9)))
        {
            yield return FormattableString.Invariant($"the highest cost must be above 0 and at most 1000000000 but is {MaxCost}");
        }

        if (MaxCost is not null && (PromptPrice is null || CompletionPrice is null))
        {
            yield return "a highest cost needs the prices of tokens read and of tokens written";
        }

        if (MaxRequests is < 1)
        {
            yield return $"requests must be at least 1 but are {MaxRequests}";
        }

        if (RequestsPerMinute is not (null or (>= 0.01 and <= 1e6)))
        {
            yield return FormattableString.Invariant($"requests per minute must be 0.01 to 1000000 but are {RequestsPerMinute}");
        }
    }
}
