using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using ThinkRec.Data;
using ThinkRec.Nn;
using ThinkRec.TestKit;
using ThinkRec.Torch;
using ThinkRec.Training.Configuration;
using ThinkRec.Training.Vectors;

namespace ThinkRec.Training.Tests.Vectors;

/// <summary>Vectors in files of three formats.</summary>
public sealed class VectorFilesTests : IDisposable
{
    private static readonly VectorFormat[] All = Enum.GetValues<VectorFormat>();
    private static readonly VectorTable Users = new(["u1", "ü:2"], 2, [0.5f, -1.25f, 1e-7f, 3]);
    private static readonly VectorTable Items = new(["i1", "i2", "i3"], 2, [1, 2, 3, 4, 5, 6]);

    private static readonly Dictionary<string, (string Text, string Said)> Hostile = new()
    {
        ["empty"] = ("", "in.txt:0: expected 'COUNT SIZE'"),
        ["prose"] = ("Dear reader,\n", "in.txt:1: expected 'COUNT SIZE' as gensim writes, or 'NAME:token<tab>NAME:float_seq' as RecBole does, but found 'Dear reader,'"),
        ["RecBole without a type"] = ("uid\tuser_emb\nu1\t1 2\n", "in.txt:1: expected 'COUNT SIZE'"),
        ["a third column"] = ("uid:token\tuser_emb:float_seq\tage:float\n", "in.txt:1: expected 'COUNT SIZE'"),
        ["a number that is not one"] = ("uid:token\tuser_emb:float_seq\nu1\t1 2\nu2\t1 two\n", "in.txt:3: expected a number in place 2 of id 'u2' but found 'two'"),
        ["NaN"] = ("2 2\na 1 2\nb 1 NaN\n", "in.txt:3: number 2 of id 'b' is NaN"),
        ["beyond Float32"] = ("1 2\na 1 1e39\n", "in.txt:2: number 2 of id 'a' is Infinity"),
        ["a vector too short"] = ("uid:token\tuser_emb:float_seq\nu1\t1 2 3\nu2\t1 2\n", "in.txt:3: expected 3 numbers for id 'u2' but found 2"),
        ["a vector too long"] = ("2 2\na 1 2 3\n", "in.txt:2: expected 2 numbers for id 'a' but found 3"),
        ["an id with a space"] = ("1 2\nnew york 1 2\n", "in.txt:2: expected 2 numbers for id 'new' but found 3"),
        ["an id twice"] = ("uid:token\tuser_emb:float_seq\nu1\t1\nu2\t1\nu1\t2\n", "in.txt:4: id 'u1' is there twice, first on line 2"),
        ["no id"] = ("1 1\n 5\n", "in.txt:2: expected an id but found none"),
        ["cut inside"] = ("uid:token\tuser_emb:float_seq\nu1\t1 2\nu", "in.txt:3: expected an id, a tab and numbers but found 'u'. Was the file cut?"),
        ["cut between lines"] = ("3 1\na 1\nb 2\n", "in.txt:3: expected 3 vectors, as line 1 says, but the file ends after 2. It was cut"),
        ["longer than it says"] = ("1 1\na 1\nb 2\n", "in.txt:3: expected 1 vectors, as line 1 says, but found more"),
        ["only a header"] = ("uid:token\tuser_emb:float_seq\n", "in.txt:1: the file has no vector"),
        ["nothing, as it says"] = ("0 5\n", "in.txt:1: the file has no vector"),
        ["a blank line"] = ("uid:token\tuser_emb:float_seq\nu1\t1\n\nu2\t1\n", "in.txt:3: expected an id, a tab and numbers but found ''"),
        ["vectors of no length"] = ("uid:token\tuser_emb:float_seq\nu1\t\n", "in.txt: vectors have 0 numbers, expected 1 to 4096"),
        ["vectors of too great a length"] = ("2 5000\n", "in.txt: vectors have 5000 numbers, expected 1 to 4096"),
        ["a count beyond all files"] = ("99999999999 2\n", "in.txt:1: COUNT is 99999999999"),
        ["a control character in an id"] = ("uid:token\tuser_emb:float_seq\nu\0\t1\n", "in.txt:2: expected an id but found 'u?'"),
        ["a line without end"] = ("uid:token\tuser_emb:float_seq\n" + new string('1', (1 << 20) + 1), "in.txt:2: expected at most 1048576 characters"),
    };

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Cases { get; } = [.. Hostile.Keys];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_format_is_written_as_its_readers_want_it()
    {
        VectorWriter.Write(_folder.File("out"), "tiny", Users, Items, All);

        Assert.Equal(
            ["items.txt", "items.word2vec.txt", "tiny.itememb", "tiny.useremb", "users.txt", "users.word2vec.txt", "vectors.safetensors"],
            Directory.GetFiles(_folder.File("out")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("uid:token\tuser_emb:float_seq\nu1\t0.5 -1.25\nü:2\t1E-07 3\n", Text("tiny.useremb"));
        Assert.Equal("iid:token\titem_emb:float_seq\ni1\t1 2\ni2\t3 4\ni3\t5 6\n", Text("tiny.itememb"));
        Assert.Equal("2 2\nu1 0.5 -1.25\nü:2 1E-07 3\n", Text("users.word2vec.txt"));
        Assert.Equal("3 2\ni1 1 2\ni2 3 4\ni3 5 6\n", Text("items.word2vec.txt"));
        Assert.Equal(("u1\nü:2\n", "i1\ni2\ni3\n"), (Text("users.txt"), Text("items.txt")));
        using var scope = TensorScope.Begin();
        using var file = SafetensorsFile.Open(_folder.File("out/vectors.safetensors"));
        Assert.Equal(["item_vectors", "user_vectors"], file.Keys.Order());
        Assert.Equal([3L, 2], file.Describe("item_vectors").Shape);
        Assert.Equal(Users.Values, file.Read("user_vectors").ToFloats());
    }

    [Theory]
    [InlineData(VectorFormat.Safetensors, "vectors.safetensors", "vectors.safetensors")]
    [InlineData(VectorFormat.Recbole, "tiny.useremb", "tiny.itememb")]
    [InlineData(VectorFormat.Gensim, "users.word2vec.txt", "items.word2vec.txt")]
    public void What_is_written_reads_back_to_the_same_bits(VectorFormat format, string users, string items)
    {
        var random = SeededRandom.Stream(3, "bits");
        float[] values = new float[4 * 300];
        for (int i = 0; i < values.Length; i++)
        {
            do
            {
                values[i] = BitConverter.UInt32BitsToSingle((uint)random.NextUInt64());
            }
            while (!float.IsNormal(values[i])); // the engine takes smaller ones for zero
        }

        (values[0], values[1], values[2]) = (float.MaxValue, 1.17549435e-38f, -0f);
        var many = new VectorTable([.. Enumerable.Range(0, 300).Select(i => $"u{i}")], 4, values);

        VectorWriter.Write(_folder.File("out"), "tiny", many, Items, [format]);
        VectorTable read = VectorReader.Read(_folder.File("out/" + users), "user");

        Assert.Equal(many.Ids, read.Ids);
        Assert.Equal(4, read.Size);
        Assert.Equal(MemoryMarshal.Cast<float, uint>(values).ToArray(), MemoryMarshal.Cast<float, uint>(read.Values).ToArray());
        Assert.Equal(Items.Values, VectorReader.Read(_folder.File("out/" + items), "item").Values);
    }

    [Theory]
    [InlineData("2 2\r\nu1 1 2\r\nu2 3 4\r\n")]
    [InlineData("2 2 \nu1 1 2 \nu2 3 4 ")]
    [InlineData("\uFEFF2 2\nu1 1 2\nu2 3 4\n")]
    [InlineData("user:token\temb:float_seq\nu1\t1 2 \nu2\t3 4.0e0")]
    public void Text_of_other_programs_is_read(string text)
    {
        using (var file = new GZipStream(File.Create(_folder.File("in.txt.gz")), CompressionLevel.Fastest))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
        }

        VectorTable read = VectorReader.Read(_folder.File("in.txt.gz"), "user");

        Assert.Equal(["u1", "u2"], read.Ids);
        Assert.Equal([1, 2, 3, 4], read.Values);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Hostile_text_is_refused_by_line(string what)
    {
        File.WriteAllText(_folder.File("in.txt"), Hostile[what].Text);

        var problem = Assert.Throws<DataFormatException>(() => VectorReader.Read(_folder.File("in.txt"), "user"));

        Assert.StartsWith(Hostile[what].Said, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Binary_junk_is_refused()
    {
        var random = SeededRandom.Stream(1, "junk");
        for (int i = 0; i < 100; i++)
        {
            byte[] junk = [.. Enumerable.Range(0, 400).Select(_ => (byte)random.NextUInt64())];
            File.WriteAllBytes(_folder.File("in.bin"), i % 2 == 0 ? junk : [.. "3 4\nthe "u8, .. junk]);

            Assert.Contains("in.bin:", Assert.Throws<DataFormatException>(() => VectorReader.Read(_folder.File("in.bin"), "user")).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("no ids", "users.txt: there is no such file. It holds the id of each row of 'user_vectors'")]
    [InlineData("an id too few", "users.txt:1: expected 2 ids, one for each row of 'user_vectors', but the file ends after 1")]
    [InlineData("an id too many", "users.txt:3: expected 2 ids, one for each row of 'user_vectors', but found more")]
    [InlineData("an id twice", "users.txt:2: id 'u1' is there twice, first on line 1")]
    [InlineData("NaN", "users.txt:2: number 1 of row 1 of 'user_vectors' is NaN")]
    [InlineData("beyond Float32", "users.txt:2: number 1 of row 1 of 'user_vectors' is Infinity")]
    [InlineData("three dimensions", "'user_vectors' must be a table of floating point numbers but is Float32 [1, 2, 2]")]
    [InlineData("whole numbers", "'user_vectors' must be a table of floating point numbers but is Int64 [2, 2]")]
    [InlineData("another tensor", "Weight 'user_vectors' is not in")]
    [InlineData("cut", "vectors.safetensors: ")]
    public void Hostile_tensors_are_refused(string what, string said)
    {
        string path = _folder.File("vectors.safetensors");
        using (TensorScope.Begin())
        {
            SafetensorsWriter.Write(path, [(what == "another tensor" ? "vectors" : "user_vectors", what switch
            {
                "three dimensions" => Tensor.Zeros([1, 2, 2]),
                "whole numbers" => Tensor.Zeros([2, 2], DType.Int64),
                "NaN" => Tensor.From([0, 0, float.NaN, 0], 2, 2),
                "beyond Float32" => Tensor.From<double>([0, 0, 1e300, 0], DType.Float64, 2, 2),
                _ => Tensor.Zeros([2, 2]),
            })]);
        }

        if (what != "no ids")
        {
            File.WriteAllText(_folder.File("users.txt"), what switch { "an id too few" => "u1\n", "an id too many" => "u1\nu2\nu3\n", "an id twice" => "u1\nu1\n", _ => "u1\nu2\n" });
        }

        if (what == "cut")
        {
            File.WriteAllBytes(path, File.ReadAllBytes(path)[..^3]);
        }

        Exception problem = Assert.ThrowsAny<Exception>(() => VectorReader.Read(path, "user"));

        Assert.True(problem is DataFormatException or CheckpointException);
        Assert.Contains(said, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gensims_text_cannot_hold_an_id_with_a_space()
    {
        VectorTable items = Items with { Ids = ["i1", "New York", "i3"] };

        var problem = Assert.Throws<ConfigurationException>(() => VectorWriter.Write(_folder.File("out"), "tiny", Users, items, All));
        VectorWriter.Write(_folder.File("other"), "tiny", Users, items, [VectorFormat.Recbole, VectorFormat.Safetensors]);

        Assert.Contains("id 'New York' has a space", problem.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("out")));
        Assert.Equal(items.Ids, VectorReader.Read(_folder.File("other/tiny.itememb"), "item").Ids);
        Assert.Equal(items.Ids, VectorReader.Read(_folder.File("other/vectors.safetensors"), "item").Ids);
    }

    private string Text(string name) => File.ReadAllText(_folder.File("out/" + name));
}
