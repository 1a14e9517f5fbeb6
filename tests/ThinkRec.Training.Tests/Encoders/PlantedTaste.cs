using ThinkRec.Data;

namespace ThinkRec.Training.Tests.Encoders;

/// <summary>Two kinds of users and two kinds of items; a user likes the items of the own kind nine times in ten.</summary>
internal static class PlantedTaste
{
    private const double Faithful = 0.9;

    internal static Dataset Make(int users, int items, int rowsOfUser)
    {
        var random = SeededRandom.Stream(7, "planted");
        var rows = new List<Interaction>();
        for (int time = 0; time < rowsOfUser; time++)
        {
            for (int user = 1; user <= users; user++)
            {
                int item = 1 + random.NextInt(items);
                bool likes = (user % 2 == item % 2) == (random.NextDouble() < Faithful);
                var split = time < rowsOfUser * 3 / 5 ? Split.Train : time < rowsOfUser * 4 / 5 ? Split.Valid : Split.Test;
                rows.Add(new Interaction(user, item, likes ? 5 : 1, likes, rows.Count, split));
            }
        }

        return new Dataset
        {
            Card = new DatasetCard { Name = "planted", ItemNoun = "item", ItemNounPlural = "items", Source = "test", Created = "test" },
            Users = new IdMap(Enumerable.Range(1, users).Select(u => $"u{u}")),
            Items = new IdMap(Enumerable.Range(1, items).Select(i => $"i{i}")),
            ItemTexts = [.. Enumerable.Repeat(ItemText.Empty, items + 1)],
            Interactions = [.. rows],
        };
    }
}
