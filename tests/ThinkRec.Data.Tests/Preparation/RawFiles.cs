using System.IO.Compression;
using System.Text;
using ThinkRec.Data.Preparation;
using ThinkRec.TestKit;

namespace ThinkRec.Data.Tests.Preparation;

/// <summary>A folder of raw files for one test.</summary>
internal sealed class RawFiles : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public RawDatasetOptions Options => new() { Raw = _folder.FullPath };

    public string this[string name] => _folder.File(name);

    public void Dispose() => _folder.Dispose();

    /// <summary>Writes a file, gzipped where its name says so.</summary>
    public RawFiles Write(string name, params string[] lines) => WriteBytes(name, Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));

    public RawFiles WriteBytes(string name, byte[] bytes)
    {
        using var file = File.Create(_folder.File(name));
        using Stream stream = name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Fastest) : file;
        stream.Write(bytes);
        return this;
    }

    public Dataset Prepare(string name, Func<RawDatasetOptions, RawDatasetOptions>? change = null) => RawDatasets.Prepare(name, (change ?? (options => options))(Options));

    public string Refused(string name, Func<RawDatasetOptions, RawDatasetOptions>? change = null) =>
        Assert.Throws<DataFormatException>(() => Prepare(name, change)).Message;

    /// <summary>Rows as "user item rating time label", for comparison.</summary>
    public static string[] Rows(Dataset dataset) =>
        [.. dataset.Interactions.Select(row => FormattableString.Invariant($"{dataset.Users[row.User]} {dataset.Items[row.Item]} {row.Rating} {row.Timestamp} {(row.Label ? 1 : 0)}"))];
}
