using System.Text;
using ThinkRec.Text;

namespace ThinkRec.Models.Llm;

/// <summary>Gathers text token by token and cuts it where the first stop text begins.</summary>
/// <param name="decoder">Makes characters of tokens.</param>
/// <param name="stopTexts">The stop texts, none of them empty.</param>
/// <param name="onText">Gets what no stop text can take back any more; null for none.</param>
internal sealed class StoppableText(StreamingDecoder decoder, IReadOnlyList<string> stopTexts, Action<string>? onText)
{
    private readonly int _longest = stopTexts.Count == 0 ? 0 : stopTexts.Max(stop => stop.Length);
    private readonly StringBuilder _text = new();
    private int _told;
    private bool _isStopped;

    /// <summary>Adds a token; false when a stop text is there.</summary>
    internal bool Push(int token)
    {
        bool isStopped = Add(decoder.Push(token));
        Tell(isStopped ? 0 : Begun());
        return !isStopped;
    }

    /// <summary>Adds what is left of a character; true when a stop text is there.</summary>
    internal bool Finish()
    {
        Add(decoder.Flush());
        Tell(0);
        return _isStopped;
    }

    public override string ToString() => _text.ToString();

    private bool Add(string piece)
    {
        if (_isStopped || stopTexts.Count == 0)
        {
            _text.Append(_isStopped ? "" : piece);
            return _isStopped;
        }

        int from = Math.Max(0, _text.Length - _longest + 1);
        _text.Append(piece);
        string recent = _text.ToString(from, _text.Length - from);
        int[] places = [.. stopTexts.Select(stop => recent.IndexOf(stop, StringComparison.Ordinal)).Where(place => place >= 0)];
        if (places.Length > 0)
        {
            _text.Length = from + places.Min();
            _isStopped = true;
        }

        return _isStopped;
    }

    // Characters at the end that may yet become a stop text.
    private int Begun()
    {
        int most = Math.Min(_longest - 1, _text.Length);
        string end = most <= 0 ? "" : _text.ToString(_text.Length - most, most);
        for (int length = end.Length; length > 0; length--)
        {
            if (stopTexts.Any(stop => stop.Length > length && stop.AsSpan(0, length).SequenceEqual(end.AsSpan(end.Length - length))))
            {
                return length;
            }
        }

        return 0;
    }

    private void Tell(int heldBack)
    {
        int until = _text.Length - heldBack;
        if (onText is not null && until > _told)
        {
            onText(_text.ToString(_told, until - _told));
            _told = until;
        }
    }
}
