namespace ThinkRec.Text.Tests;

/// <summary>A tokenizer trained on a few made-up lines.</summary>
internal static class TrainedTokenizer
{
    private static readonly string[] Subjects = ["The user", "A viewer", "This reader", "My neighbour", "Nobody"];
    private static readonly string[] Verbs = ["enjoyed", "watched", "didn't like", "returned", "rated", "can't finish"];
    private static readonly string[] Titles =
        ["Toy Story (1995)", "The Matrix", "Amélie", "Seven Samurai", "Crouching Tiger, Hidden Dragon", "千と千尋の神隠し"];

    public static Tokenizer Small { get; } = Train();

    public static IEnumerable<string> Lines() =>
        from subject in Subjects
        from verb in Verbs
        from title in Titles
        select $"{subject} {verb} {title}; would they enjoy another one?\nYesterday's answer: 42.";

    public static Tokenizer Train() => BpeTrainer.Train(Lines(), new BpeTrainerOptions
    {
        VocabularySize = 420,
        RequiredTokens = [" Yes", " No", "Yes", "No"],
    });
}
