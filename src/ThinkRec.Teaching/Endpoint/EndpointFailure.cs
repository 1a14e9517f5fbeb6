namespace ThinkRec.Teaching.Endpoint;

/// <summary>What a failed request means for those that follow.</summary>
public enum EndpointFailure
{
    /// <summary>The same request may succeed later.</summary>
    Transient,

    /// <summary>This request will never be answered; others may be.</summary>
    Refused,

    /// <summary>The prompt is longer than the model can read.</summary>
    TooLong,

    /// <summary>The request was not sent, because it would pass a limit that the options set. Answers under way still come.</summary>
    Spent,

    /// <summary>No request will be answered: address, model or key are not right.</summary>
    Fatal,
}
