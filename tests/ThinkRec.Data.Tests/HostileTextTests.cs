using System.Globalization;
using System.Text;
using ThinkRec.TestKit;

namespace ThinkRec.Data.Tests;

/// <summary>Item texts that try to break a dataset's files, and what comes back of them.</summary>
public sealed class HostileTextTests : IDisposable
{
    private const int Seed = 20261121;
    private const int Cases = 300;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Whatever_items_are_called_the_dataset_is_read_back_with_texts_that_steer_nothing()
    {
        var random = new Random(Seed);
        for (var i = 0; i < Cases; i++)
        {
            var hostile = new ItemText(HostileText.Next(random), HostileText.Next(random), [.. Enumerable.Range(0, random.Next(4)).Select(_ => HostileText.Next(random))]);
            var message = $"Case {i} of seed {Seed}: {HostileText.Show(hostile.Title)} | {HostileText.Show(hostile.Description)}";
            var dataset = With(hostile);

            dataset.Save(_folder.File("d"));
            var loaded = Dataset.Load(_folder.File("d"));

            Assert.True(dataset.Interactions.SequenceEqual(loaded.Interactions), message);
            Assert.True(TinyData.Three().ItemTexts[3].Keywords.SequenceEqual(loaded.ItemTexts[3].Keywords) && loaded.ItemTexts[3].Title == "Third Man", message);
            var text = loaded.ItemTexts[1];
            Assert.True(text.Keywords.Prepend(text.Description).Prepend(text.Title).SelectMany(part => part.EnumerateRunes()).All(rune => !Steers(rune)), message);
            Assert.True(text.Keywords.All(word => word.Trim().Length > 0 && !word.Contains(',', StringComparison.Ordinal)), message);
            Assert.True(Readable(hostile.Title) == Readable(text.Title), message);
        }
    }

    [Fact]
    public void A_dataset_that_was_read_is_written_again_to_the_same_bytes()
    {
        var random = new Random(Seed);
        for (var i = 0; i < 50; i++)
        {
            With(new ItemText(HostileText.Next(random), HostileText.Next(random), [HostileText.Next(random), HostileText.Next(random)])).Save(_folder.File("a"));

            Dataset.Load(_folder.File("a")).Save(_folder.File("b"));

            Assert.True(
                File.ReadAllBytes(_folder.File("a/tiny.item")).AsSpan().SequenceEqual(File.ReadAllBytes(_folder.File("b/tiny.item"))), $"Case {i} of seed {Seed}");
        }
    }

    [Theory]
    [InlineData("x")]
    [InlineData("🙂")]
    [InlineData("x🙂")]
    [InlineData("\u202E\n")]
    public void A_title_of_megabytes_is_cut_between_characters(string piece)
    {
        var title = string.Concat(Enumerable.Repeat(piece, 3_000_000 / piece.Length));

        With(new ItemText(title, title, [title])).Save(_folder.File("d"));

        var text = Dataset.Load(_folder.File("d")).ItemTexts[1];
        Assert.InRange(text.Title.Length, 0, 1 << 16);
        Assert.InRange(text.Keywords.Sum(word => word.Length), 0, 1 << 16);
        Assert.DoesNotContain('\uFFFD', text.Title);
        Assert.InRange(new FileInfo(_folder.File("d/tiny.item")).Length, 0, 1_000_000);
    }

    [Theory]
    [InlineData("\u001B]0;owned\u0007")]
    [InlineData("\u202Egnol")]
    public void What_stands_in_a_file_already_is_read_as_it_is_and_named_by_the_audit(string title)
    {
        TinyData.Three().Save(_folder.File("d"));
        TinyData.Damage(_folder.File("d"), "tiny.item", text => text.Replace("First Light", title, StringComparison.Ordinal));

        var dataset = Dataset.Load(_folder.File("d"));

        Assert.Equal(title, dataset.ItemTexts[1].Title);
        var finding = Data.Audit.DatasetAudit.Run(dataset).Single(found => found.Kind == "hidden-characters");
        Assert.Equal((1, "tiny.item", 2, "x"), (finding.Count, finding.Examples[0].File, finding.Examples[0].Line, finding.Examples[0].Item));
        Assert.Equal($"U+{(int)title[0]:X4}", finding.Examples[0].Detail.Split(' ')[0]);
    }

    [Fact]
    public void Messages_show_the_beginning_of_a_long_id_alone()
    {
        TinyData.Three().Save(_folder.File("d"));
        TinyData.Damage(_folder.File("d"), "tiny.inter", text => text.Replace("\na\tx\t5", $"\n{new string('q', 1_000_000)}\tx\t5", StringComparison.Ordinal));

        var error = Assert.Throws<DataFormatException>(() => Dataset.Load(_folder.File("d")));

        Assert.StartsWith("tiny.inter:2: user 'qqqq", error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 100, 400);
    }

    private static Dataset With(ItemText text)
    {
        var dataset = TinyData.Three();
        dataset.ItemTexts[1] = text;
        return dataset;
    }

    private static bool Steers(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || rune.Value is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x206F) or (>= 0xE0000 and <= 0xE007F) or 0xFEFF;

    // What must survive: letters, digits and symbols, in their order.
    private static string Readable(string text) => string.Concat(text.EnumerateRunes().Where(rune => Rune.IsLetterOrDigit(rune) || Rune.IsSymbol(rune) && rune.Value != 0xFFFD));
}
