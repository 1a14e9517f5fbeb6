using ThinkRec.TestKit;

namespace ThinkRec.Data.Tests;

public sealed class DatasetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Loading_gives_back_what_was_saved()
    {
        var dataset = TinyData.Three();

        dataset.Save(_folder.File("d"));
        var loaded = Dataset.Load(_folder.File("d"));

        Assert.Equal(dataset.Interactions, loaded.Interactions);
        Assert.Equal(["", "a", "b", "c"], Enumerable.Range(0, loaded.Users.Count).Select(i => loaded.Users[i]));
        Assert.Equal(["", "x", "y", "z"], Enumerable.Range(0, loaded.Items.Count).Select(i => loaded.Items[i]));
        Assert.Equal("Second Sight", loaded.ItemTexts[2].Title);
        Assert.Equal(["war", "tense"], loaded.ItemTexts[1].Keywords);
        Assert.Equal([null, null, null, 1949], loaded.ItemTexts.Select(text => text.Year));
        Assert.Empty(loaded.ItemTexts[2].Keywords);
        Assert.Equal([0, 1, 2, 3], loaded.RowsOf(Split.Train));
        Assert.Equal([6], loaded.RowsOf(Split.Test));
        Assert.Equal(4, loaded.Card.Counts["train"]);
        Assert.Null(loaded.TrueProbabilities);
    }

    [Fact]
    public void Files_follow_the_atomic_file_convention()
    {
        TinyData.Three().Save(_folder.File("d"));

        var lines = File.ReadAllLines(_folder.File("d/tiny.inter"));

        Assert.Equal("user_id:token\titem_id:token\trating:float\tlabel:float\ttimestamp:float\tsplit:token", lines[0]);
        Assert.Equal("a\ty\t2.5\t0\t20\ttrain", lines[2]);
        Assert.Equal(
            ["item_id:token\ttitle:token_seq\tdescription:token_seq\tkeywords:token_seq\tyear:float", "x\tFirst Light\tA dawn.\twar, tense\t", "y\tSecond Sight\t\t\t", "z\tThird Man\t1949\tcrime\t1949"],
            File.ReadAllLines(_folder.File("d/tiny.item")));
        Assert.Equal(4, Directory.GetFiles(_folder.File("d")).Length);
    }

    [Fact]
    public void Items_without_a_column_of_years_are_read()
    {
        TinyData.Three().Save(_folder.File("d"));
        TinyData.Damage(_folder.File("d"), "tiny.item", text => string.Concat(text.Split('\n')[..^1].Select(line => line[..line.LastIndexOf('\t')] + "\n")));

        var loaded = Dataset.Load(_folder.File("d"));

        Assert.DoesNotContain("year", File.ReadAllText(_folder.File("d/tiny.item")), StringComparison.Ordinal);
        Assert.Equal([null, null, null, null], loaded.ItemTexts.Select(text => text.Year));
        Assert.Equal(("Third Man", "1949", "crime"), (loaded.ItemTexts[3].Title, loaded.ItemTexts[3].Description, Assert.Single(loaded.ItemTexts[3].Keywords)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(987)]
    [InlineData(9999)]
    public void The_first_and_the_last_year_come_back(int year)
    {
        WithYear(year).Save(_folder.File("d"));

        Assert.Equal(year, Dataset.Load(_folder.File("d")).ItemTexts[2].Year);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-44)]
    [InlineData(10000)]
    public void Saving_a_year_that_could_not_be_read_again_writes_nothing(int year)
    {
        var error = Assert.Throws<ArgumentException>(() => WithYear(year).Save(_folder.File("d")));

        Assert.Contains($"Item 2: year {year} is not one from 1 to 9999", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.FullPath));
    }

    [Fact]
    public void Saving_and_loading_random_datasets_changes_nothing()
    {
        for (var seed = 1; seed <= 100; seed++)
        {
            var dataset = TinyData.RandomRows(seed);

            dataset.Save(_folder.File("d"));

            Assert.True(dataset.Interactions.SequenceEqual(Dataset.Load(_folder.File("d")).Interactions), $"seed {seed}");
        }
        Assert.Single(Directory.GetFileSystemEntries(_folder.FullPath));
    }

    [Fact]
    public void Saving_refuses_a_folder_with_other_files_and_leaves_it_alone()
    {
        Directory.CreateDirectory(_folder.File("d"));
        File.WriteAllText(_folder.File("d/thesis.txt"), "precious");

        var error = Assert.Throws<IOException>(() => TinyData.Three().Save(_folder.File("d")));

        Assert.Contains("not a prepared dataset", error.Message, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(_folder.File("d/thesis.txt")));
        Assert.Single(Directory.GetFileSystemEntries(_folder.FullPath));
    }

    [Fact]
    public void Saving_over_a_dataset_refuses_to_lose_files_beside_it()
    {
        TinyData.Three().Save(_folder.File("d"));
        File.WriteAllText(_folder.File("d/reasons.jsonl"), "{}");

        var error = Assert.Throws<IOException>(() => TinyData.Three().Save(_folder.File("d")));

        Assert.Contains("reasons.jsonl", error.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder.File("d/reasons.jsonl")));
    }

    [Fact]
    public void Saving_a_dataset_that_contradicts_itself_writes_nothing()
    {
        var good = TinyData.Three();
        var bad = new Dataset
        {
            Card = good.Card,
            Users = good.Users,
            Items = good.Items,
            ItemTexts = good.ItemTexts,
            Interactions = [.. good.Interactions.Reverse()],
        };

        var error = Assert.Throws<ArgumentException>(() => bad.Save(_folder.File("d")));

        Assert.Contains("Row 1: timestamp", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.FullPath));
    }

    [Fact]
    public void Ids_with_forged_tabs_or_twins_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new IdMap(["a", "b\t1"]));
        Assert.Throws<ArgumentException>(() => new IdMap(["a", "b\n"]));
        Assert.Throws<ArgumentException>(() => new IdMap(["a", ""]));
        Assert.Contains("'a' occurs twice", Assert.Throws<ArgumentException>(() => new IdMap(["a", "a"])).Message, StringComparison.Ordinal);
    }

    private static Dataset WithYear(int year)
    {
        var dataset = TinyData.Three();
        dataset.ItemTexts[2] = dataset.ItemTexts[2] with { Year = year };
        return dataset;
    }
}
