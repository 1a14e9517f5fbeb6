using System.Collections;
using System.Reflection;
using ThinkRec.Files;

namespace ThinkRec.Training.Configuration;

/// <summary>Reads sealed records with <c>init</c> properties from YAML, and writes them.</summary>
/// <remarks>
/// Keys are the property names in camel case. A key that is not in the file keeps the property's default, unless the
/// property is <c>required</c>. All problems are collected and reported at once.
/// </remarks>
public static class ConfigurationFile
{
    /// <summary>Largest file that is read, in bytes.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Reads a file, and those it builds on, and applies overrides.</summary>
    /// <typeparam name="T">A sealed record with a parameterless constructor.</typeparam>
    /// <param name="path">A YAML file; its key <c>base</c> names a file, or several, whose values it changes.</param>
    /// <param name="overrides">Each <c>a.b=value</c>, the value in YAML; later ones win.</param>
    /// <param name="defaults">Values in the same form that the file wins over; null for none.</param>
    /// <returns>The record; every nested record has been validated.</returns>
    /// <exception cref="ConfigurationException">Names every unknown key, wrong type and problem of a value.</exception>
    public static T Load<T>(string path, IReadOnlyList<string> overrides, IReadOnlyList<string>? defaults = null)
        where T : class
    {
        List<string> problems = [];
        return Resolve<T>(path, YamlBases.Read(path, problems), overrides, defaults, problems);
    }

    /// <summary>Reads YAML text and applies overrides.</summary>
    /// <typeparam name="T">A sealed record with a parameterless constructor.</typeparam>
    /// <param name="text">YAML; an empty text means all defaults.</param>
    /// <param name="name">What messages call the text.</param>
    /// <param name="overrides">Each <c>a.b=value</c>, the value in YAML; later ones win.</param>
    /// <param name="defaults">Values in the same form that the text wins over; null for none.</param>
    /// <returns>The record; every nested record has been validated.</returns>
    /// <exception cref="ConfigurationException">Names every unknown key, wrong type and problem of a value.</exception>
    public static T LoadText<T>(string text, string name, IReadOnlyList<string> overrides, IReadOnlyList<string>? defaults = null)
        where T : class
    {
        if (text.Length > MaxBytes)
        {
            throw new ConfigurationException(name, [$"it is {text.Length} characters long, and at most {MaxBytes} are read"]);
        }

        List<string> problems = [];
        return Resolve<T>(name, YamlReader.ReadMap(text, problems), overrides, defaults, problems);
    }

    /// <summary>Reads a file's text, unless there is none or it is too long.</summary>
    internal static string ReadText(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw new ConfigurationException(path, ["there is no such file"]);
        }

        return file.Length <= MaxBytes ? File.ReadAllText(path)
            : throw new ConfigurationException(path, [$"it is {file.Length} bytes long, and at most {MaxBytes} are read"]);
    }

    private static T Resolve<T>(string name, YamlMap? root, IReadOnlyList<string> overrides, IReadOnlyList<string>? defaults, List<string> problems)
        where T : class
    {
        if (root is not null && defaults is not null)
        {
            var below = new YamlMap([], root.Place);
            defaults.ToList().ForEach(value => YamlReader.Override(below, value, problems));
            root = YamlBases.Over(below, root);
        }

        if (root is not null)
        {
            foreach (string change in overrides)
            {
                YamlReader.Override(root, change, problems);
            }
        }

        object? record = root is null ? null : new Binder(problems).Bind(root, typeof(T), "");
        if (problems.Count == 0 && record is not null)
        {
            CollectProblems(record, "", problems);
        }

        return problems.Count == 0 ? (T)record! : throw new ConfigurationException(name, problems);
    }

    /// <summary>Writes a record with every value spelled out, so that it loads back equal.</summary>
    /// <param name="path">The file to write; it appears whole or not at all.</param>
    /// <param name="value">The record.</param>
    public static void Write(string path, object value) => AtomicFile.WriteAllText(path, YamlWriter.Text(value));

    /// <summary>Collects the problems of a record and of all records inside it.</summary>
    /// <param name="value">The record.</param>
    /// <returns>Sentences that begin with the whole key path.</returns>
    public static IReadOnlyList<string> Problems(object value)
    {
        List<string> problems = [];
        CollectProblems(value, "", problems);
        return problems;
    }

    private static void CollectProblems(object value, string prefix, List<string> problems)
    {
        if (value is IValidated validated)
        {
            problems.AddRange(validated.Problems().Select(problem => prefix + problem));
        }

        foreach (PropertyInfo property in Shape.Properties(value.GetType()))
        {
            string key = prefix + Shape.Key(property);
            object? inner = property.GetValue(value);
            if (inner is not null && Shape.IsRecord(inner.GetType()))
            {
                CollectProblems(inner, key + ".", problems);
            }
            else if (inner is IEnumerable list and not string && Shape.ElementType(property.PropertyType) is { } element
                && Shape.IsRecord(element))
            {
                int index = 0;
                foreach (object item in list)
                {
                    CollectProblems(item, $"{key}[{index++}].", problems);
                }
            }
        }
    }
}
