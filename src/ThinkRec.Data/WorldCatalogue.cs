namespace ThinkRec.Data;

/// <summary>The films of the built-in world: properties, texts, quality, fame and release time.</summary>
internal sealed class WorldCatalogue
{
    private static readonly string[] Articles = ["The ", "", "", ""];

    public WorldCatalogue(BuiltInWorldOptions options)
    {
        var random = SeededRandom.Stream(options.Seed, "world/items");
        var titles = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        Films = [.. Enumerable.Range(0, options.NumItems).Select(_ => MakeFilm(random, titles))];
    }

    public Film[] Films { get; }

    private static Film MakeFilm(SeededRandom random, HashSet<string> titles)
    {
        var numAxes = random.NextDouble() < 0.65 ? 4 : 3;
        var properties = Enumerable.Range(0, numAxes)
            .Select(axis => WorldVocabulary.Starts[axis] + random.NextInt(WorldVocabulary.Axes[axis].Length)).ToArray();
        var words = Array.ConvertAll(properties, property => WorldVocabulary.Values[property]);
        var title = MakeTitle(random, words);
        while (!titles.Add(title))
        {
            title = MakeTitle(random, words);
        }
        return new Film(
            new ItemText(title, Describe(random, words), words),
            properties,
            Quality: 0.4 * random.NextGaussian(),
            Fame: Math.Exp(0.9 * random.NextGaussian()),
            Release: random.NextDouble() < 0.4 ? 0 : random.NextDouble());
    }

    private static string MakeTitle(SeededRandom random, string[] words)
    {
        string Word(int axis) => WorldVocabulary.TitleWords[words[axis]][random.NextInt(WorldVocabulary.TitleWords[words[axis]].Length)];
        var adjective = Word(words.Length == 4 && random.NextDouble() < 0.4 ? 3 : 2);
        var shape = random.NextDouble();
        return shape switch
        {
            < 0.55 => $"{Articles[random.NextInt(Articles.Length)]}{adjective} {Word(random.NextInt(2))}",
            < 0.85 => $"{adjective} {Word(1)} {Word(0)}",
            _ => $"{Word(0)} of the {Word(1)}",
        };
    }

    private static string Describe(SeededRandom random, string[] words)
    {
        var era = words.Length == 4 ? $" in {words[3]} times" : string.Empty;
        return random.NextInt(3) switch
        {
            0 => $"A {words[2]} {words[0]} story set in the {words[1]}{era}.".Replace("set in the space", "set in space", StringComparison.Ordinal),
            1 => $"This {words[0]} film is {words[2]} and takes us to the world of the {words[1]}{era}.".Replace("of the space", "of space", StringComparison.Ordinal),
            _ => $"With {words[2]} scenes of {words[1]} life{era}, this is {words[0]} at its core.",
        };
    }

    /// <summary>One film. Release is the moment in [0, 1] from which it can be seen.</summary>
    internal sealed record Film(ItemText Text, int[] Properties, double Quality, double Fame, double Release);
}
