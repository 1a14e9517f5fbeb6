using System.Xml.Linq;

namespace ThinkRec.Architecture.Tests;

public sealed class LayerTests
{
    // The table of docs/architecture.md: a project may reference what its row names, and nothing else.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["ThinkRec.Files"] = [],
        ["ThinkRec.Downloads"] = ["Files"],
        ["ThinkRec.Torch"] = [],
        ["ThinkRec.Nn"] = ["Files", "Torch"],
        ["ThinkRec.Text"] = ["Files"],
        ["ThinkRec.Data"] = ["Files", "Downloads"],
        ["ThinkRec.Teaching"] = ["Files", "Data", "Text"],
        ["ThinkRec.Metrics"] = ["Files"],
        ["ThinkRec.Models"] = ["Files", "Downloads", "Nn", "Torch", "Text", "Data"],
        ["ThinkRec.Training"] = ["Files", "Torch", "Nn", "Text", "Data", "Teaching", "Metrics", "Models"],
        ["ThinkRec.Serving"] = ["Models", "Text", "Data"],
        ["ThinkRec.Server"] = ["Serving", "Data"],
        ["ThinkRec.Cli"] =
            ["Files", "Downloads", "Torch", "Nn", "Text", "Data", "Teaching", "Metrics", "Models", "Training", "Serving", "Server"],
    };

    [Fact]
    public void A_project_references_only_what_its_row_allows()
    {
        var violations =
            from entry in Sources.Projects("src")
            from reference in Sources.References(entry.Project)
            where !Allowed.TryGetValue(entry.Name, out string[]? row) || !row.Contains(reference["ThinkRec.".Length..])
            select $"{entry.Name} -> {reference}";

        Assert.Empty(violations);
    }

    [Fact]
    public void Every_project_has_a_row_and_the_layers_have_no_circle()
    {
        Assert.Empty(Sources.Projects("src").Select(entry => entry.Name).Except(Allowed.Keys));
        List<string> seen = [];
        foreach ((string name, string[] row) in Allowed)
        {
            Assert.True(row.All(seen.Contains), $"{name} names a project of a later row.");
            seen.Add(name["ThinkRec.".Length..]);
        }
    }

    [Fact]
    public void Every_project_has_its_tests_and_the_tests_mirror_the_projects()
    {
        string[] others = ["Architecture", "EndToEnd", "Parity"];
        var projects = Sources.Projects("src").Select(entry => entry.Name + ".Tests").ToHashSet();
        var tests = Sources.Projects("tests").Select(entry => entry.Name).Where(name => name.EndsWith(".Tests")).ToList();

        Assert.Empty(tests.Except(projects).Except(others.Select(name => $"ThinkRec.{name}.Tests")));
        // The command line is tested through its executable.
        Assert.Empty(projects.Except(tests).Except(["ThinkRec.Cli.Tests"]));
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = XElement.Parse(Sources.Read("ThinkRec.slnx"));
        var listed = solution.Descendants("Project").Select(project => project.Attribute("Path")!.Value);

        string[] folders = ["bench", "src", "tests", "tools"];
        Assert.Equal(folders.SelectMany(folder => Sources.Below(folder, ".csproj")).Order(), listed.Order());
    }

    [Fact]
    public void Language_models_and_collaborative_models_do_not_use_each_other()
    {
        (string Folder, string Other)[] pairs = [("Llm", "Collaborative"), ("Collaborative", "Llm")];

        var violations =
            from pair in pairs
            from path in Sources.CSharp($"src/ThinkRec.Models/{pair.Folder}")
            where CodeText.WithoutComments(Sources.Read(path)).Contains($"Models.{pair.Other}", StringComparison.Ordinal)
                || CodeText.WithoutComments(Sources.Read(path)).Contains($" {pair.Other}.", StringComparison.Ordinal)
            select path;

        Assert.Empty(violations);
    }

    [Fact]
    public void Every_packable_project_has_a_description()
    {
        var without = Sources.Projects("src")
            .Where(entry => entry.Project.Descendants("IsPackable").All(value => value.Value != "false"))
            .Where(entry => string.IsNullOrWhiteSpace(entry.Project.Descendants("Description").FirstOrDefault()?.Value))
            .Select(entry => entry.Name);

        Assert.Empty(without);
    }

    [Fact]
    public void Every_package_is_explained()
    {
        string explained = Sources.Read("docs/dependencies.md");
        var packages = XElement.Parse(Sources.Read("Directory.Packages.props")).Descendants("PackageVersion")
            .Select(package => package.Attribute("Include")!.Value);

        Assert.All(packages, name => Assert.Contains($"\n| {name} |", explained, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_explained_package_is_still_used()
    {
        var packages = XElement.Parse(Sources.Read("Directory.Packages.props")).Descendants("PackageVersion")
            .Select(package => package.Attribute("Include")!.Value);
        string tables = Sources.Read("docs/dependencies.md").Split("## System")[0];
        var rows = tables.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Select(line => line.Split('|')[1].Trim()).Where(name => name != "package");

        Assert.Empty(rows.Except(packages));
    }
}
