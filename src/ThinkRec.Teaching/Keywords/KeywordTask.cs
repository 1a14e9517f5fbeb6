namespace ThinkRec.Teaching.Keywords;

/// <summary>A text that keywords are wanted for, and what came of asking.</summary>
/// <param name="key">What its answers are kept under.</param>
/// <param name="shown">What is shown of it.</param>
internal sealed class KeywordTask(string key, string shown)
{
    private const int Together = 2;   // questions with others; a text that spoils them is then asked about alone
    private const int Alone = 2;

    public string Key => key;

    public string Shown => shown;

    /// <summary>What the model said; null until a line of an answer could be read.</summary>
    public string[]? Keywords { get; set; }

    /// <summary>Answers to questions with it.</summary>
    public int Answers { get; set; }

    /// <summary>Answers that were too short for their tokens.</summary>
    public int CutShort { get; set; }

    /// <summary>Whether the endpoint refuses a question with it alone.</summary>
    public bool IsRefused { get; set; }

    /// <summary>Whether the endpoint gave no answer in this call.</summary>
    public bool IsWithoutAnswer { get; set; }

    /// <summary>Whether it is asked about alone.</summary>
    public bool IsAlone => Answers >= Together;

    /// <summary>Whether it was asked about often enough without a line that could be read.</summary>
    public bool IsGivenUp => Keywords is null && Answers >= Together + Alone;

    /// <summary>Whether to ask about it.</summary>
    public bool IsOpen => Keywords is null && !IsRefused && !IsWithoutAnswer && !IsGivenUp;
}
