namespace ThinkRec.Data;

/// <summary>A person of the built-in world: group taste, personal favourites and aversions.</summary>
internal sealed class WorldUser
{
    private const double GroupWeight = 2.8;
    private const double FavouriteWeight = 1.2;
    private const double AversionWeight = 2.0;
    private const double Offset = 0.3;

    private readonly double[] _utility = new double[WorldVocabulary.Values.Length];
    private readonly bool[] _averse = new bool[WorldVocabulary.Values.Length];
    private readonly double _leniency;
    private readonly double _temperature;

    public WorldUser(SeededRandom random, int group, double temperature)
    {
        Group = group;
        _temperature = temperature;
        _leniency = 0.3 * random.NextGaussian();
        var taste = WorldVocabulary.Tastes[group];
        for (var value = 0; value < _utility.Length; value++)
        {
            _utility[value] = GroupWeight * taste[value];
        }
        for (var left = 1 + random.NextInt(2); left > 0; left--)
        {
            _utility[random.NextInt(_utility.Length)] += FavouriteWeight;
        }
        for (var left = random.NextDouble() < 0.3 ? 2 : 1; left > 0; left--)
        {
            // An aversion is never a value that the group dislikes anyway: it has to be learnt from this person's dislikes.
            int value;
            do
            {
                value = random.NextInt(_utility.Length);
            }
            while (taste[value] < 0 || _averse[value] || _utility[value] > GroupWeight);
            _averse[value] = true;
        }
    }

    public int Group { get; }

    /// <summary>How well the film fits the taste, quality and leniency left out.</summary>
    public double Utility(WorldCatalogue.Film film)
    {
        var sum = film.Properties.Sum(property => _utility[property]);
        return film.Properties.Any(property => _averse[property]) ? sum - AversionWeight : sum;
    }

    /// <summary>The probability that this person likes the film.</summary>
    public double LikeProbability(WorldCatalogue.Film film) =>
        1 / (1 + Math.Exp(-((_temperature * Utility(film)) + film.Quality + _leniency - Offset)));
}
