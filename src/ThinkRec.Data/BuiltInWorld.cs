using System.Globalization;

namespace ThinkRec.Data;

/// <summary>Generates a small believable film world with planted groups, personal favourites and aversions.</summary>
/// <remarks>
/// A like is Bernoulli(sigmoid(temperature · utility + item quality + leniency − offset)). Three groups want conflicting properties; an aversion
/// takes much away from whatever else a film has. Exposure follows fame, novelty and, in part, taste. People arrive and films come out over time, so
/// that later splits hold new ones of both, of which a table of ids knows nothing.
/// </remarks>
public static class BuiltInWorld
{
    private const double TasteInExposure = 0.1;
    private const double NoveltyBoost = 3;             // a film on its first day is so much likelier to be seen, beyond its fame
    private const double NoveltyDecay = 0.15;          // in parts of the whole duration
    private const long Start = 978_307_200;            // 2001-01-01
    private const long Duration = 2 * 365 * 86_400L;
    private static readonly double[] SplitEnds = [0.70, 0.85];

    /// <summary>Generates a world.</summary>
    /// <param name="options">Size and seed.</param>
    /// <returns>The dataset and what was planted in it.</returns>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static GeneratedWorld Generate(BuiltInWorldOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var films = new WorldCatalogue(options).Films;
        var random = SeededRandom.Stream(options.Seed, "world/users");
        var groups = Groups(random, options.NumUsers);
        var events = new List<Event>();
        for (var user = 1; user <= options.NumUsers; user++)
        {
            var person = new WorldUser(random, groups[user], options.Temperature);
            events.AddRange(Live(random, user, person, films, options.MeanActivity));
        }
        events.Sort(static (a, b) => (a.Time, a.User, a.Item).CompareTo((b.Time, b.User, b.Item)));
        return Assemble(options, films, groups, events);
    }

    private static int[] Groups(SeededRandom random, int numUsers)
    {
        var groups = Enumerable.Range(0, numUsers).Select(user => user % WorldVocabulary.NumGroups).ToArray();
        random.Shuffle(groups.AsSpan());
        return [-1, .. groups];
    }

    private static IEnumerable<Event> Live(SeededRandom random, int user, WorldUser person, WorldCatalogue.Film[] films, double meanActivity)
    {
        var wanted = Math.Clamp((int)Math.Round(meanActivity * 0.83 * Math.Exp(0.68 * random.NextGaussian())), 8, 80);
        var arrival = 0.93 * Math.Pow(random.NextDouble(), 4);
        var span = Math.Min(1 - arrival, 0.06 + (-0.8 * Math.Log(1 - random.NextDouble())));
        var moments = Enumerable.Range(0, wanted).Select(_ => arrival + (span * random.NextDouble())).Order().ToArray();
        var probabilities = Array.ConvertAll(films, person.LikeProbability);
        var weights = films.Select((film, i) => film.Fame * Math.Exp(TasteInExposure * person.Utility(film))).ToArray();
        foreach (var moment in moments)
        {
            if (Choose(random, films, weights, moment) is not { } item)
            {
                continue;                               // all that is out has been seen
            }
            weights[item] = 0;                          // nobody rates a film twice
            var isLiked = random.NextDouble() < probabilities[item];
            yield return new Event(Start + (long)(moment * Duration), user, item + 1, Rate(random, isLiked, probabilities[item]), probabilities[item]);
        }
    }

    private static int? Choose(SeededRandom random, WorldCatalogue.Film[] films, double[] weights, double moment)
    {
        var total = 0.0;
        for (var i = 0; i < films.Length; i++)
        {
            total += weights[i] * Novelty(films[i], moment);
        }
        if (total == 0)
        {
            return null;
        }
        var target = random.NextDouble() * total;
        int? last = null;
        for (var i = 0; i < films.Length; i++)
        {
            var weight = weights[i] * Novelty(films[i], moment);
            if (weight == 0)
            {
                continue;
            }
            last = i;
            target -= weight;
            if (target < 0)
            {
                break;
            }
        }
        return last;
    }

    /// <summary>0 before a film is out, then high, then falling to 1; always 1 for films that were out from the beginning.</summary>
    private static double Novelty(WorldCatalogue.Film film, double moment) => film.Release switch
    {
        0 => 1,
        var release when release > moment => 0,
        var release => 1 + (NoveltyBoost * Math.Exp((release - moment) / NoveltyDecay)),
    };

    private static int Rate(SeededRandom random, bool isLiked, double probability)
    {
        var strong = random.NextDouble() < (isLiked ? probability : 1 - probability) * 0.7;
        return isLiked ? (strong ? 5 : 4) : strong ? 1 + random.NextInt(2) : 3;
    }

    private static GeneratedWorld Assemble(BuiltInWorldOptions options, WorldCatalogue.Film[] films, int[] groups, List<Event> events)
    {
        var ends = Array.ConvertAll(SplitEnds, share => events[(int)(share * events.Count)].Time);
        var rows = events.Select(e => new Interaction(e.User, e.Item, e.Rating, e.Rating >= 4, e.Time, SplitAt(e.Time, ends))).ToArray();
        var probabilities = events.Select(e => e.Probability).ToArray();
        var dataset = new Dataset
        {
            Card = CardOf(options, ends),
            Users = new IdMap(Enumerable.Range(1, options.NumUsers).Select(user => FormattableString.Invariant($"u{user:0000}"))),
            Items = new IdMap(Enumerable.Range(1, options.NumItems).Select(item => FormattableString.Invariant($"m{item:0000}"))),
            ItemTexts = [ItemText.Empty, .. films.Select(film => film.Text)],
            Interactions = rows,
            TrueProbabilities = probabilities,
            TrueGroups = groups,
        };
        return new GeneratedWorld(dataset, probabilities, groups);
    }

    private static Split SplitAt(long time, long[] ends) => time < ends[0] ? Split.Train : time < ends[1] ? Split.Valid : Split.Test;

    private static DatasetCard CardOf(BuiltInWorldOptions options, long[] ends)
    {
        string[] dates = [.. ends.Select(end => DateTimeOffset.FromUnixTimeSeconds(end).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture))];
        return new DatasetCard
        {
            Name = options.Name,
            ItemNoun = "movie",
            ItemNounPlural = "movies",
            Source = "Invented: every user, film and rating comes from a random generator.",
            Created = options.ToString(),
            Seed = options.Seed,
            PositiveFrom = 4,
            Windows = new Dictionary<string, string>
            {
                ["train"] = $"before {dates[0]} UTC",
                ["valid"] = $"from {dates[0]} to before {dates[1]} UTC",
                ["test"] = $"from {dates[1]} UTC",
            },
            Notes = ["truth.tsv holds the true probability of a like by row and the planted group; models must not read it."],
        };
    }

    private readonly record struct Event(long Time, int User, int Item, int Rating, double Probability);
}
