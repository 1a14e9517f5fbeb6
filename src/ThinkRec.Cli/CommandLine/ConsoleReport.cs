using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace ThinkRec.Cli.CommandLine;

/// <summary>Writes results to one writer and progress to another; texts of others cannot steer the terminal (<see cref="TerminalText"/>).</summary>
internal sealed class ConsoleReport(TextWriter output, TextWriter error, bool isJson, bool isTerminal) : IConsoleReport
{
    private const int PlainWidth = 160;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private bool _hasDocument;
    private int _progressLength;

    public void Line(string text)
    {
        if (!isJson)
        {
            ClearProgress();
            output.WriteLine(TerminalText.Escape(text));
        }
    }

    public void Piece(string text)
    {
        if (!isJson)
        {
            ClearProgress();
            output.Write(TerminalText.Escape(text));
            output.Flush();
        }
    }

    public void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        if (isJson)
        {
            return;
        }

        ClearProgress();
        var table = new Table().Border(TableBorder.Simple);
        foreach (string column in columns)
        {
            table.AddColumn(new TableColumn(Markup.Escape(column)));
        }

        foreach (IReadOnlyList<string> row in rows)
        {
            table.AddRow([.. row.Select(cell => Markup.Escape(TerminalText.Escape(cell.Replace('\n', ' '))))]);
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = isTerminal ? console.Profile.Width : PlainWidth;
        console.Write(table);
    }

    public void Progress(string text)
    {
        text = TerminalText.Escape(text);
        if (isTerminal)
        {
            error.Write("\r" + text.PadRight(_progressLength));
            _progressLength = text.Length;
        }
        else
        {
            error.WriteLine(text);
        }
    }

    public void Document(object document)
    {
        if (!isJson)
        {
            return;
        }

        ClearProgress();
        if (_hasDocument)
        {
            throw new InvalidOperationException("A command writes one JSON document, and a second one was about to be written.");
        }

        _hasDocument = true;
        output.WriteLine(TerminalText.Escape(JsonSerializer.Serialize(document, Json)));
    }

    /// <summary>Ends the line that progress is shown on, so that other text begins on a line of its own.</summary>
    public void ClearProgress()
    {
        if (_progressLength > 0)
        {
            error.Write("\r" + new string(' ', _progressLength) + "\r");
            _progressLength = 0;
        }
    }
}
