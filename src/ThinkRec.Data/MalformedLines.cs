using ThinkRec.Data.Preparation;

namespace ThinkRec.Data;

/// <summary>What goes along with the reading of all files of a source: counts malformed lines and keeps the first ten for the message.</summary>
/// <param name="maxBad">So many are tolerated.</param>
public sealed class MalformedLines(int maxBad)
{
    private const int NumShown = 10;
    private readonly List<string> _shown = [];

    /// <summary>Told how far the reading is; null for nobody.</summary>
    public ReadMeter? Meter { get; init; }

    /// <summary>Malformed lines so far.</summary>
    public int Count { get; private set; }

    /// <summary>The lines seen so far as one text; null when there are none.</summary>
    public string? Summary => Count == 0 ? null
        : $"{Count} malformed line(s) were left out: {string.Join(" | ", _shown)}{(Count > NumShown ? " | …" : string.Empty)}";

    /// <summary>Counts a line.</summary>
    /// <param name="path">The file.</param>
    /// <param name="line">Its line, from 1.</param>
    /// <param name="message">What was expected and what was found.</param>
    public void Add(string path, int line, string message)
    {
        Count++;
        if (_shown.Count < NumShown)
        {
            _shown.Add(DataFormatException.At(path, line, message).Message);
        }
    }

    /// <summary>Throws when there were more than tolerated. Called at the end of each file, so that the message shows the first ten.</summary>
    /// <exception cref="DataFormatException">There were.</exception>
    public void Check()
    {
        if (Count > maxBad)
        {
            throw new DataFormatException(Count == 1 ? _shown[0]
                : $"{Count} malformed lines, {maxBad} allowed: {string.Join(" | ", _shown)}{(Count > NumShown ? " | …" : string.Empty)} Mend the file or allow more bad lines.");
        }
    }
}
