namespace ThinkRec.Training.Encoders;

/// <summary>What an encoder is trained to do.</summary>
public enum EncoderProtocol
{
    /// <summary>To tell likes from dislikes, row by row, as the ThinkRec authors do.</summary>
    Paper,

    /// <summary>What the model's own paper trains it for.</summary>
    Native,
}
