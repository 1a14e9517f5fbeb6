using System.Text;
using System.Text.Json;
using ThinkRec.TestKit;
using ThinkRec.Torch;

namespace ThinkRec.Nn.Tests;

/// <summary>Models in several files: read as one, and refused with the name of what is wrong.</summary>
public sealed class ShardedSafetensorsTests : NnTest
{
    private const string Index = "model.safetensors.index.json";

    [Fact]
    public void Tensors_are_read_from_the_file_that_has_them_in_the_type_asked_for()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        Write(folder, Sound);
        using var store = ShardedSafetensors.Open(folder.File(Index));

        Assert.Equal(["a", "b", "c", "extra"], store.Keys.Order());
        Assert.Equal([folder.File("one.safetensors"), folder.File("two.safetensors")], store.Files.Select(file => file.Path));
        Assert.Equal([1f, 1f, 1f], store.Read("c", DType.BFloat16, Device.Cpu, requireFinite: true).ToFloats());
        Assert.Equal(DType.BFloat16, store.Read("c", DType.BFloat16, Device.Cpu, requireFinite: true).DType);
        Assert.Equal(DType.Float32, store.Read("c", null, Device.Cpu, requireFinite: false).DType);
        Assert.Contains("'d'", Assert.Throws<CheckpointException>(() => store.Describe("d")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"weight_map": {"a": "one.safetensors", "b": "one.safetensors", "c": "three.safetensors"}}""", "1 are not there, the first: three.safetensors")]
    [InlineData("""{"weight_map": {"a": "one.safetensors", "b": "two.safetensors", "c": "two.safetensors"}}""", "tensor 'b' is listed in two.safetensors but one.safetensors has one of that name; it is not in two.safetensors")]
    [InlineData("""{"weight_map": {"a": "one.safetensors", "c": "two.safetensors", "e": "two.safetensors"}}""", "tensor 'e' is listed in two.safetensors but is not there")]
    [InlineData("""{"weight_map": {"a": "../one.safetensors"}}""", "is '../one.safetensors', expected the name of a .safetensors file in the same folder")]
    [InlineData("""{"weight_map": {"a": "/etc/one.safetensors"}}""", "expected the name")]
    [InlineData("""{"weight_map": {"a": "..\\one.safetensors"}}""", "expected the name")]
    [InlineData("""{"weight_map": {"a": "C:one.safetensors"}}""", "expected the name")]
    [InlineData("""{"weight_map": {"a": ".safetensors"}}""", "expected the name")]
    [InlineData("""{"weight_map": {"a": "one.bin"}}""", "expected the name")]
    [InlineData("""{"weight_map": {"a": "one.safetensors", "a": "one.safetensors"}}""", "'a' is listed twice")]
    [InlineData("""{"weight_map": {"a": "one.safetensors"}, "weight_map": {}}""", "must be one object")]
    [InlineData("""{"weight_map": {"a": 3}}""", "the file of 'a' must be a text")]
    [InlineData("""{"weight_map": []}""", "must be one object")]
    [InlineData("""{"weight_map": {}}""", "has no weight_map")]
    [InlineData("""{"metadata": {"total_size": 3}}""", "has no weight_map")]
    [InlineData("""{"weight_map": {"a": "one.safetensors"}} {""", "not the JSON")]
    [InlineData("""{"weight_map": {"a": """, "not the JSON")]
    [InlineData("[]", "must be a JSON object")]
    [InlineData("", "not the JSON")]
    public void A_damaged_index_is_refused_by_name(string index, string said)
    {
        using var folder = new TemporaryFolder();
        Write(folder, index);

        var refused = Assert.Throws<CheckpointException>(() => ShardedSafetensors.Open(folder.File(Index)));

        Assert.StartsWith(folder.File(Index), refused.Message, StringComparison.Ordinal);
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_in_two_files_is_refused()
    {
        using var folder = new TemporaryFolder();
        Write(folder, Sound);
        using (var scope = TensorScope.Begin())
        {
            SafetensorsWriter.Write(folder.File("two.safetensors"), [("c", Tensor.Zeros([3])), ("b", Tensor.Zeros([3]))]);
        }

        Assert.Contains("'b' is listed in one.safetensors but two.safetensors has one of that name; it is in both", Assert.Throws<CheckpointException>(() => ShardedSafetensors.Open(folder.File(Index))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_truncated_shard_is_named_and_nothing_is_read()
    {
        using var folder = new TemporaryFolder();
        Write(folder, Sound);
        byte[] bytes = File.ReadAllBytes(folder.File("two.safetensors"));
        File.WriteAllBytes(folder.File("two.safetensors"), bytes[..^1]);

        Assert.StartsWith(folder.File("two.safetensors"), Assert.Throws<CheckpointException>(() => ShardedSafetensors.Open(folder.File(Index))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_large_tensor_comes_whole_through_its_pieces_and_what_does_not_fit_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        Tensor large = Tensor.Empty([3, (1 << 21) + 7]); // more than one piece, the last one short
        large.NormalInPlace(0, 1, generator);
        Tensor huge = Tensor.Full([5], 70000);
        SafetensorsWriter.Write(folder.File("f"), [("large", large), ("huge", huge)]);
        using var file = SafetensorsFile.Open(folder.File("f"));

        Assert.Equal(large.CopyBytes(), file.Read("large", requireFinite: true).CopyBytes());
        Assert.Equal(large.To(DType.Float16).CopyBytes(), file.Read("large", DType.Float16, Device.Cpu, requireFinite: true).CopyBytes());
        Assert.Contains("5 elements beyond 65504", Assert.Throws<CheckpointException>(() => file.Read("huge", DType.Float16, Device.Cpu, requireFinite: true)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mutated_indexes_give_nothing_but_checkpoint_exceptions()
    {
        using var folder = new TemporaryFolder();
        Write(folder, Sound);
        int cases = int.Parse(Environment.GetEnvironmentVariable("THINKREC_FUZZ") ?? "2000", System.Globalization.CultureInfo.InvariantCulture);
        byte[] good = Encoding.UTF8.GetBytes(Sound);
        int refused = 0;
        for (int seed = 0; seed < cases; seed++)
        {
            File.WriteAllBytes(folder.File(Index), Mutation.Of(good, seed));
            try
            {
                ShardedSafetensors.Open(folder.File(Index)).Dispose();
            }
            catch (CheckpointException)
            {
                refused++;
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}: {e.GetType().Name}", e);
            }
        }

        Assert.InRange(refused, cases / 2, cases);
    }

    private static string Sound => JsonSerializer.Serialize(new
    {
        metadata = new { total_size = 36 },
        weight_map = new Dictionary<string, string> { ["a"] = "one.safetensors", ["b"] = "one.safetensors", ["c"] = "two.safetensors" },
    });

    private static void Write(TemporaryFolder folder, string index)
    {
        using var scope = TensorScope.Begin();
        SafetensorsWriter.Write(folder.File("one.safetensors"), [("a", Tensor.Zeros([2, 3])), ("b", Tensor.Arange(4))]);
        SafetensorsWriter.Write(folder.File("two.safetensors"), [("c", Tensor.Full([3], 1)), ("extra", Tensor.Zeros([1]))]);
        File.WriteAllText(folder.File(Index), index);
    }
}
