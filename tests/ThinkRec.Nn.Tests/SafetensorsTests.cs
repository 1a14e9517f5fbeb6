using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

public sealed class SafetensorsTests : Support.TensorTest
{
    private static readonly DType[] Types =
    [
        DType.UInt8, DType.Int8, DType.Int16, DType.Int32, DType.Int64, DType.Float16, DType.Float32, DType.Float64, DType.Bool, DType.BFloat16,
    ];

    [Fact]
    public void Reading_and_writing_again_gives_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        (string first, string second) = (folder.File("first"), folder.File("second"));
        for (int seed = 0; seed < 100; seed++)
        {
            using var scope = TensorScope.Begin();
            (string Key, Tensor Value)[] tensors = Draw(seed);
            var metadata = Enumerable.Range(0, seed % 3).ToDictionary(i => $"k{i} \"ü\"", i => $"v{i}\n");

            SafetensorsWriter.Write(first, tensors, metadata);
            using var file = SafetensorsFile.Open(first);
            SafetensorsWriter.Write(second, tensors.Reverse().Select(t => (t.Key, file.Read(t.Key))), file.Metadata);

            Assert.True(File.ReadAllBytes(first).SequenceEqual(File.ReadAllBytes(second)), $"seed {seed}");
            Assert.Equal(tensors.Select(t => t.Key).Order(StringComparer.Ordinal), file.Keys.Order(StringComparer.Ordinal));
            Assert.Equal(metadata, file.Metadata);
            Assert.All(tensors, t =>
            {
                Tensor read = file.Read(t.Key);
                Assert.Equal(t.Value.ToString(), read.ToString());
                Assert.Equal(t.Value.CopyBytes(), read.CopyBytes());
            });
        }
    }

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        string path = folder.File("x");

        SafetensorsWriter.Write(path, [("b", Tensor.From([1L, -1L], 2)), ("a", Tensor.From([1f, 2f, 3f, 4f], 2, 2).Transpose(0, 1))], new Dictionary<string, string> { ["format"] = "pt" });

        byte[] bytes = File.ReadAllBytes(path);
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal(0, length % 8);
        JsonElement header = JsonDocument.Parse(bytes.AsMemory(8, length)).RootElement;
        Assert.Equal("pt", header.GetProperty("__metadata__").GetProperty("format").GetString());
        Assert.Equal("""{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}""", header.GetProperty("a").GetRawText());
        Assert.Equal("""{"dtype":"I64","shape":[2],"data_offsets":[16,32]}""", header.GetProperty("b").GetRawText());
        Assert.Equal(new float[] { 1, 3, 2, 4 }.SelectMany(BitConverter.GetBytes).Concat(BitConverter.GetBytes(1L)).Concat(BitConverter.GetBytes(-1L)), bytes[(8 + length)..]);
    }

    [Fact]
    public void A_write_that_fails_leaves_the_old_file_whole_and_nothing_beside_it()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        string path = folder.File("x");
        SafetensorsWriter.Write(path, [("a", Tensor.From([1f], 1))]);
        byte[] before = File.ReadAllBytes(path);
        Tensor withoutData = Tensor.Empty([4], device: new Device(14, -1)); // libtorch's "meta" device: a shape without values

        Assert.ThrowsAny<Exception>(() => SafetensorsWriter.Write(path, [("a", Tensor.From([2f], 1)), ("b", withoutData)]));

        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.FullPath));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_leaves_the_old_file_whole()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        string path = folder.File("x");
        SafetensorsWriter.Write(path, [("a", Tensor.From([1f], 1))]);
        byte[] before = File.ReadAllBytes(path);
        Assert.ThrowsAny<IOException>(() => SafetensorsWriter.Write(Path.Combine(path, "below a file"), [("a", Tensor.From([2f], 1))]));
        Assert.ThrowsAny<IOException>(() => SafetensorsWriter.Write(folder.File("missing/x"), [("a", Tensor.From([2f], 1))]));
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Fact]
    public void A_read_only_folder_leaves_the_old_file_whole()
    {
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess)
        {
            Assert.Skip("This user may write into read-only folders.");
            return;
        }

        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        string path = folder.File("x");
        SafetensorsWriter.Write(path, [("a", Tensor.From([1f], 1))]);
        byte[] before = File.ReadAllBytes(path);
        File.SetUnixFileMode(folder.FullPath, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            Assert.Throws<UnauthorizedAccessException>(() => SafetensorsWriter.Write(path, [("a", Tensor.From([2f], 1))]));
            Assert.Equal(before, File.ReadAllBytes(path));
        }
        finally
        {
            File.SetUnixFileMode(folder.FullPath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_weight_that_is_not_finite_is_refused(float bad)
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        string path = folder.File("x");
        SafetensorsWriter.Write(path, [("linear.weight", Tensor.From([1f, bad], 1, 2)), ("half", Tensor.From([bad], 1).To(DType.Float16)), ("count", Tensor.From([1L], 1))]);
        using var file = SafetensorsFile.Open(path);

        foreach (string key in new[] { "linear.weight", "half" })
        {
            var refused = Assert.Throws<CheckpointException>(() => file.Read(key, requireFinite: true));
            Assert.Contains(path, refused.Message, StringComparison.Ordinal);
            Assert.Contains($"'{key}'", refused.Message, StringComparison.Ordinal);
            Assert.False(float.IsFinite(file.Read(key).ToFloats()[^1]));
        }

        Assert.Throws<CheckpointException>(() => new Linear(new WeightPath(new FileWeights(file), "linear"), 2, 1, bias: false));
        Assert.Equal([1L], file.Read("count", requireFinite: true).ToArray<long>());
    }

    [Fact]
    public void A_weight_that_is_missing_or_of_another_shape_is_named_and_nothing_leaks()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        string path = folder.File("x");
        SafetensorsWriter.Write(path, [("layer.weight", Tensor.Zeros([3, 2])), ("layer.bios", Tensor.Zeros([3]))]);
        using var file = SafetensorsFile.Open(path);
        var at = new WeightPath(new FileWeights(file)) / "layer";
        long before = TensorCensus.Live;

        var missing = Assert.Throws<CheckpointException>(() => new Linear(at, 2, 3, bias: true));
        var shape = Assert.Throws<CheckpointException>(() => new Linear(at, 4, 3, bias: false));

        Assert.Contains("'layer.bias' [3]", missing.Message, StringComparison.Ordinal);
        Assert.Contains("[3, 4] but is [3, 2]", shape.Message, StringComparison.Ordinal);
        Assert.All([missing, shape], e => Assert.Contains(path, e.Message, StringComparison.Ordinal));
        Assert.Equal(before, TensorCensus.Live);
    }

    [Fact]
    public void Half_precision_weights_become_single_precision()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        SafetensorsWriter.Write(folder.File("x"), [("weight", Tensor.From([1.5f, -2f], 1, 2).To(DType.BFloat16))]);
        using var file = SafetensorsFile.Open(folder.File("x"));
        using var layer = new Linear(new WeightPath(new FileWeights(file)), 2, 1, bias: false);

        Assert.Equal(DType.Float32, layer.Weight.Value.DType);
        Assert.Equal([1.5f, -2f], layer.Weight.Value.Detach().ToFloats());
    }

    /// <summary>Up to six tensors of every type and of ranks 0 to 4, empty ones among them.</summary>
    /// <param name="seed">Seed.</param>
    /// <returns>In the current scope.</returns>
    private static (string, Tensor)[] Draw(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, random.Next(7)).Select(i =>
        {
            DType dtype = Types[random.Next(Types.Length)];
            long[] shape = [.. Enumerable.Range(0, random.Next(5)).Select(_ => (long)random.Next(4))];
            var bytes = new byte[shape.Aggregate(1L, (a, b) => a * b) * dtype.Size()];
            random.NextBytes(bytes);
            byte[] values = dtype == DType.Bool ? [.. bytes.Select(b => (byte)(b & 1))] : bytes;
            return ($"{Encoding.UTF8.GetString([(byte)random.Next('A', 'z')])}.{i}\u00e9", Tensor.From<byte>(values, dtype, shape));
        })];
    }
}
