using System.Buffers.Binary;

namespace ThinkRec.Text.Formats;

/// <summary>Goes through the fields of one protocol-buffers message within its bounds.</summary>
/// <remarks>Source: protobuf.dev, Encoding. Groups, which nobody writes any more, are refused.</remarks>
internal ref struct ProtobufReader(InputFile file, ReadOnlySpan<byte> message)
{
    private readonly ReadOnlySpan<byte> _message = message;
    private int _position;

    /// <summary>Number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>Value of the current field if it is a varint.</summary>
    public ulong Number { get; private set; }

    /// <summary>Bytes of the current field if it has a length, 4 or 8.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Goes to the next field; false at the end.</summary>
    public bool Next()
    {
        if (_position == _message.Length)
        {
            return false;
        }

        var tag = Varint();
        Field = tag is >= 8 and <= uint.MaxValue ? (int)(tag >> 3) : throw Damaged();
        Number = 0;
        Bytes = default;
        switch (tag & 7)
        {
            case 0:
                Number = Varint();
                break;
            case 1:
                Bytes = Take(8);
                break;
            case 2:
                Bytes = Take(Varint());
                break;
            case 5:
                Bytes = Take(4);
                break;
            default:
                throw Damaged();
        }

        return true;
    }

    /// <summary>The current field as a 32-bit floating point number.</summary>
    public readonly float Single() => Bytes.Length == 4 ? BinaryPrimitives.ReadSingleLittleEndian(Bytes) : throw Damaged();

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)(_message.Length - _position))
        {
            throw Damaged();
        }

        var bytes = _message.Slice(_position, (int)length);
        _position += (int)length;
        return bytes;
    }

    private ulong Varint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (_position == _message.Length)
            {
                throw Damaged();
            }

            var part = _message[_position++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw Damaged();
    }

    private readonly TokenizerFormatException Damaged() => file.Problem(
        "", $"the file is not a whole SentencePiece model: a field near byte {_position} of {_message.Length} of its message does not fit. Fetch it again.");
}
