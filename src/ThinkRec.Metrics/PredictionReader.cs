using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace ThinkRec.Metrics;

/// <summary>Reads one prediction file and says where it is wrong.</summary>
internal sealed class PredictionReader : IDisposable
{
    private readonly string _path;
    private readonly CsvParser _parser;
    private string[] _header = [];
    private int _line = 1;
    private int _nextLine = 1;

    public PredictionReader(string path, TextReader reader)
    {
        _path = path;
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            IgnoreBlankLines = false, // Skipped in Next, where they count as lines.
            BadDataFound = arguments => throw Error(
                $"expected comma-separated text with paired quotes but found '{arguments.RawRecord.TrimEnd()}'. " +
                "Put a field with a quote in quotes and double the quote"),
        };
        _parser = new CsvParser(reader, configuration);
    }

    public List<ScoredRow> Read()
    {
        if (!Next())
        {
            throw new MetricsException($"{_path}: expected a header with user_id, label and score but the file is empty.");
        }

        _header = Array.ConvertAll(_parser.Record!, name => name.Trim());
        var (user, label, score) = (Require("user_id"), Require("label"), Require("score"));
        var item = Find("item_id");
        List<ScoredRow> rows = [];
        while (Next())
        {
            var fields = _parser.Record!;
            RequireFieldCount(fields);
            rows.Add(new ScoredRow(
                User(fields[user]), item < 0 ? "" : fields[item], Label(fields[label]), Score(fields[score])));
        }

        return rows.Count > 0
            ? rows
            : throw new MetricsException($"{_path}: expected rows after the header but there are none.");
    }

    public void Dispose() => _parser.Dispose();

    /// <summary>Moves to the next record that is not a blank line, and knows the line it begins on.</summary>
    private bool Next()
    {
        while (_parser.Read())
        {
            _line = _nextLine;
            _nextLine += CountLineBreaks(_parser.RawRecord);
            if (_parser.RawRecord.AsSpan().TrimEnd("\r\n").Length > 0)
            {
                return true;
            }
        }

        return false;
    }

    private static int CountLineBreaks(string text)
    {
        var breaks = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var isPair = text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n';
            breaks += text[i] is '\n' or '\r' && !isPair ? 1 : 0;
        }

        return breaks;
    }

    private int Find(string column)
    {
        var index = Array.IndexOf(_header, column);
        return index < 0 || Array.LastIndexOf(_header, column) == index
            ? index
            : throw Error($"expected one column '{column}' but the header names it more than once");
    }

    private int Require(string column)
    {
        var index = Find(column);
        return index >= 0
            ? index
            : throw Error($"expected a header with the column '{column}' but found '{string.Join(',', _header)}'");
    }

    private void RequireFieldCount(string[] fields)
    {
        if (fields.Length != _header.Length)
        {
            throw Error($"expected {_header.Length} fields '{string.Join(',', _header)}' but found {fields.Length}: " +
                $"'{_parser.RawRecord.TrimEnd()}'");
        }
    }

    private string User(string text) => text.Length > 0 ? text : throw Wrong("user_id", "a user", text);

    private bool Label(string text) => text.Trim().ToUpperInvariant() switch
    {
        "1" or "1.0" or "TRUE" => true,
        "0" or "0.0" or "FALSE" => false,
        _ => throw Wrong("label", "0 or 1", text),
    };

    private double Score(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var score) && double.IsFinite(score)
            ? score
            : throw Wrong("score", "a finite number such as 0.25", text);

    private MetricsException Wrong(string column, string expected, string actual) =>
        Error($"column {column}: expected {expected} but found '{actual}'");

    private MetricsException Error(string what) => new(FormattableString.Invariant($"{_path}:{_line}: {what}."));
}
