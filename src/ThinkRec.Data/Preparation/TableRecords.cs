using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using ThinkRec.Files;

namespace ThinkRec.Data.Preparation;

/// <summary>Comma-separated records with quotes as in RFC 4180, or tab-separated ones without; the first line names the fields.</summary>
internal sealed class TableRecords : RecordFile
{
    private const int MaxFieldLength = 1 << 22;

    private readonly MalformedLines _malformed;
    private readonly RecordLimitReader _text;
    private readonly CsvParser _parser;
    private readonly string[] _names;
    private readonly List<int> _columns = [];
    private int _line = 1;
    private int _nextLine = 1;
    private bool _isBad;

    public TableRecords(string path, string delimiter, MalformedLines malformed)
        : base(path)
    {
        _malformed = malformed;
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = delimiter,
            Mode = delimiter == "\t" ? CsvMode.NoEscape : CsvMode.RFC4180,
            IgnoreBlankLines = false,   // left out in Next, where they count as lines
            MaxFieldSize = MaxFieldLength,
            BadDataFound = _ => _isBad = true,
        };
        _text = new RecordLimitReader(new StreamReader(RawFile.OpenOnce(path, malformed.Meter), AtomicFile.Utf8), path);
        _parser = new CsvParser(_text, configuration);
        try
        {
            _names = ReadHeader();
        }
        catch
        {
            _parser.Dispose();
            throw;
        }
    }

    public override int Line => _line;

    public override IReadOnlyList<string> Names => _names;

    public override bool Next()
    {
        while (Move())
        {
            if (_parser.Count != _names.Length)
            {
                _malformed.Add(FilePath, _line, $"expected {_names.Length} fields '{TableFile.Show(string.Join(_parser.Delimiter, _names))}' but found {_parser.Count}.");
                continue;
            }
            for (var field = 0; field < _columns.Count; field++)
            {
                Set(field, _parser[_columns[field]]);
            }
            if (!_isBad)
            {
                return true;
            }
            _malformed.Add(FilePath, _line, "expected paired quotes around a field, and quotes inside it doubled.");
        }
        return false;
    }

    protected override int Register(string name)
    {
        var column = Array.IndexOf(_names, name);
        if (column < 0)
        {
            throw DataFormatException.At(FilePath, 1, $"expected a column '{name}' but found '{TableFile.Show(string.Join(", ", _names))}'. Name one of these.");
        }
        if (Array.LastIndexOf(_names, name) != column)
        {
            throw DataFormatException.At(FilePath, 1, $"expected one column '{name}' but the header names it more than once. Rename one of them.");
        }
        _columns.Add(column);
        return _columns.Count - 1;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _parser.Dispose();
        }
    }

    private string[] ReadHeader()
    {
        if (!Move())
        {
            throw DataFormatException.At(FilePath, 1, "the file is empty. Its first line should name the columns.");
        }
        // RecBole writes name:type; what follows the colon is a type and no part of the name.
        string[] types = [":token", ":token_seq", ":float", ":float_seq"];
        var names = Array.ConvertAll(_parser.Record!, name => name.Trim());
        return Array.TrueForAll(names, name => types.Any(type => name.EndsWith(type, StringComparison.Ordinal)))
            ? Array.ConvertAll(names, name => name[..name.LastIndexOf(':')])
            : names;
    }

    // Moves to the next record that is not a blank line, and knows the line it begins on.
    private bool Move()
    {
        try
        {
            while (_parser.Read())
            {
                (_line, _nextLine) = (_nextLine, _parser.RawRow + 1);
                _text.Begin(_nextLine);
                _isBad = false;
                if (_parser.Count > 1 || _parser[0].Length > 0)
                {
                    return true;
                }
            }
            return false;
        }
        catch (MaxFieldSizeException error)
        {
            throw DataFormatException.At(FilePath, _nextLine, $"expected fields of at most {MaxFieldLength} characters but found a longer one ({error.GetType().Name}). Is a quote not closed from here on?");
        }
        catch (DecoderFallbackException error)
        {
            throw new DataFormatException($"{Path.GetFileName(FilePath)}:{_nextLine}: expected UTF-8 text from here on but found other bytes. Save the file as UTF-8.", error);
        }
    }
}
