namespace ThinkRec.Models.Llm;

/// <summary>A token and how likely the model found it.</summary>
/// <param name="Token">Its id.</param>
/// <param name="LogProb">Natural logarithm of its probability before temperature, limits, penalties and bans.</param>
public readonly record struct TokenLogProb(int Token, double LogProb);

/// <summary>A token that was generated.</summary>
/// <param name="Token">Its id.</param>
/// <param name="LogProb">Natural logarithm of its probability before temperature, limits, penalties and bans; NaN unless asked for.</param>
/// <param name="Top">The likeliest tokens at its place, the likeliest first; empty unless asked for.</param>
public readonly record struct GeneratedToken(int Token, double LogProb, IReadOnlyList<TokenLogProb> Top);
