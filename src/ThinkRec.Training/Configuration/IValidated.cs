namespace ThinkRec.Training.Configuration;

/// <summary>A configuration record that can say what is wrong with its values.</summary>
/// <remarks>Nested records are asked by <see cref="ConfigurationFile"/>, which also puts the key path before each sentence.</remarks>
public interface IValidated
{
    /// <summary>All problems of this record's own values, none when it can be used.</summary>
    /// <returns>Sentences that begin with the key, such as <c>learningRate must be above 0 but is -1</c>.</returns>
    IEnumerable<string> Problems();
}
