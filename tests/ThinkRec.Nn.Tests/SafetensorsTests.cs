using System.Text;
using System.Text.RegularExpressions;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

public sealed class SafetensorsTests : NnTest
{
    [Fact]
    public void Saving_what_was_loaded_gives_the_same_bytes_for_every_type()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(11);
        var types = Enum.GetValues<DType>();
        var tensors = types.Select(t => ($"t.{t}", Normal(generator, 2, 3).Mul(3).To(t))).Append(("empty", Tensor.Zeros([0, 4]))).Append(("scalar", Tensor.Full([], 2)));
        var metadata = new Dictionary<string, string> { ["format"] = "pt", ["a"] = "ä \"quoted\"" };
        SafetensorsWriter.Write(folder.File("first"), tensors.Reverse(), metadata);

        using (SafetensorsFile file = SafetensorsFile.Open(folder.File("first")))
        {
            Assert.Equal(types.Length + 2, file.Keys.Count);
            Assert.Equal(metadata, file.Metadata);
            SafetensorsWriter.Write(folder.File("second"), file.Keys.Select(k => (k, file.Read(k))), file.Metadata);
        }

        Assert.Equal(File.ReadAllBytes(folder.File("first")), File.ReadAllBytes(folder.File("second")));
        Assert.Equal(2, Directory.GetFiles(folder.FullPath).Length);
    }

    [Fact]
    public void Random_sets_of_tensors_come_back_as_they_were()
    {
        using var folder = new TemporaryFolder();
        for (int seed = 0; seed < 100; seed++)
        {
            using var scope = TensorScope.Begin();
            using var generator = new Generator(seed);
            long[] sizes = Tensor.From([0f], 1).Add(Normal(generator, 6)).Mul(3).Abs().To(DType.Int64).ToArray<long>();
            var tensors = new Dictionary<string, Tensor>
            {
                ["a"] = Normal(generator, sizes[0], sizes[1]),
                ["b.weight"] = Normal(generator, sizes[2]).To(DType.BFloat16),
                ["c"] = Normal(generator, sizes[3], 1, sizes[4]).To(DType.UInt8),
                ["d"] = Tensor.Arange(sizes[5]),
            };
            SafetensorsWriter.Write(folder.File("file"), tensors.Select(t => (t.Key, t.Value)));

            using SafetensorsFile file = SafetensorsFile.Open(folder.File("file"));
            foreach ((string key, Tensor value) in tensors)
            {
                Tensor read = file.Read(key);
                Assert.Equal(value.DType, read.DType);
                Assert.Equal(value.Shape.ToArray(), read.Shape.ToArray());
                Assert.True(value.To(DType.Float64).ToArray<double>().SequenceEqual(read.To(DType.Float64).ToArray<double>()), $"seed {seed}, {key}");
            }
        }
    }

    [Fact]
    public void Data_begins_at_a_multiple_of_eight_and_wide_types_come_first()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        SafetensorsWriter.Write(folder.File("f"), [("a", Tensor.Zeros([3], DType.UInt8)), ("z", Tensor.Arange(1))]);

        byte[] bytes = File.ReadAllBytes(folder.File("f"));

        Assert.Equal(0, BitConverter.ToInt64(bytes) % 8);
        Assert.StartsWith("{\"z\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]},\"a\":", Encoding.UTF8.GetString(bytes, 8, 60), StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_are_not_finite_are_refused_on_request()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        SafetensorsWriter.Write(folder.File("f"), [("w", Tensor.From([1f, float.NaN, float.NegativeInfinity], 3))]);
        using SafetensorsFile file = SafetensorsFile.Open(folder.File("f"));

        Assert.Equal(3, file.Read("w").NumElements);
        Assert.Contains("'w'", Assert.Throws<CheckpointException>(() => file.Read("w", requireFinite: true)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file_and_no_other()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        SafetensorsWriter.Write(folder.File("f"), [("a", Tensor.Arange(3))]);
        byte[] before = File.ReadAllBytes(folder.File("f"));
        Tensor freed = Tensor.Arange(2);

        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(folder.File("f"), [("a", freed), ("a", freed)]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(folder.File("f"), [("__metadata__", freed)]));

        Assert.Equal(before, File.ReadAllBytes(folder.File("f")));
        Assert.Single(Directory.GetFiles(folder.FullPath));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[0],"data_offsets":[8,8]}}""", 8, "listed twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "needs 8 bytes but has 4")]
    [InlineData("""{"a":{"dtype":"F8","shape":[2],"data_offsets":[0,2]}}""", 2, "dtype 'F8'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3, "without gap or overlap")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3, "without gap or overlap")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 3, "the file has 3 bytes of data")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 1, "the file has 1 bytes of data")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "larger than any memory")]
    [InlineData("""{"a":{"dtype":"U8","shape":[0,9223372036854775807,3],"data_offsets":[0,0]}}""", 0, "larger than any memory")]
    [InlineData("""{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,0]}}""", 0, "whole numbers from 0")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,0]}}""", 0, "whole numbers from 0")]
    [InlineData("""{"a":{"dtype":"U8","shape":[0],"data_offsets":[1,0]}}""", 1, "lies at [1, 0)")]
    [InlineData("""{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0,0]}}""", 0, "more than 2 numbers")]
    [InlineData("""{"a":{"dtype":"U8","shape":[0]}}""", 0, "needs dtype, shape and two data_offsets")]
    [InlineData("""{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":1}}""", 0, "field 'x'")]
    [InlineData("""{"__metadata__":{"k":1}}""", 0, "must be a text")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", 0, "is there twice")]
    [InlineData("[]", 0, "must begin with '{'")]
    [InlineData("{} {}", 0, "not the JSON")]
    [InlineData("""{"a":""", 0, "not the JSON")]
    [InlineData("""{"\ud800":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""", 0, "not the JSON")]
    [InlineData("", 0, "must begin with '{'")]
    public void Damage_is_named(string header, int dataBytes, string message)
    {
        using var folder = new TemporaryFolder();
        byte[] json = Encoding.UTF8.GetBytes(header);
        File.WriteAllBytes(folder.File("f"), [.. BitConverter.GetBytes((long)json.Length), .. json, .. new byte[dataBytes]]);

        var error = Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(folder.File("f")));

        Assert.Contains(folder.File("f"), error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, 0 })]
    [InlineData(new byte[] { 1, 225, 245, 5, 0, 0, 0, 0, (byte)'{' })]
    [InlineData(new byte[] { 9, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}' })]
    public void Lengths_that_cannot_be_are_refused_before_anything_is_allocated(byte[] content)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("f"), content);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(folder.File("f")));

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_named()
    {
        using var folder = new TemporaryFolder();

        Assert.Contains("nothing.safetensors", Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(folder.File("nothing.safetensors"))).Message, StringComparison.Ordinal);
        Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(folder.FullPath));
    }

    [Fact]
    public void A_closed_file_is_refused_and_may_be_closed_again()
    {
        SafetensorsFile file = Recorded.Open("layers");
        file.Dispose();
        file.Dispose();

        Assert.Throws<ObjectDisposedException>(() => file.Read("linear.weight"));
    }

    [Fact]
    public void Booleans_other_than_0_and_1_are_refused()
    {
        using var folder = new TemporaryFolder();
        byte[] json = Encoding.UTF8.GetBytes("""{"a":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}""");
        File.WriteAllBytes(folder.File("f"), [.. BitConverter.GetBytes((long)json.Length), .. json, 1, 2]);
        using SafetensorsFile file = SafetensorsFile.Open(folder.File("f"));

        Assert.Throws<CheckpointException>(() => file.Read("a"));
    }

    [Fact]
    public void Recorded_files_say_what_made_them()
    {
        using SafetensorsFile file = Recorded.Open("layers");

        Assert.Matches(new Regex("^[0-9a-f]{64}$"), file.Metadata["script_sha256"]);
        Assert.Equal(new TensorInfo(DType.Float32, [4, 5]).Shape, file.Describe("linear.weight").Shape);
    }
}
