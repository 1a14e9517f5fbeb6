namespace ThinkRec.Teaching.Endpoint;

/// <summary>One whole answer of an endpoint.</summary>
/// <param name="Text">What it says; may be empty.</param>
/// <param name="Thinking">What it thought before (<c>reasoning_content</c>); empty where it does not think or does not show it.</param>
/// <param name="Finish">Why it ended: <c>stop</c>, <c>length</c>, or what else the endpoint says.</param>
/// <param name="Model">The model as the endpoint names it.</param>
/// <param name="PromptTokens">Tokens read; 0 where the endpoint does not say.</param>
/// <param name="CompletionTokens">Tokens written, thinking included.</param>
/// <param name="Requests">Requests that were sent for it; the ones before the last failed.</param>
public sealed record ChatReply(string Text, string Thinking, string Finish, string Model, long PromptTokens, long CompletionTokens, int Requests);
