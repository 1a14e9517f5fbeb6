using System.Reflection;
using System.Text.Json;

namespace ThinkRec.Training.Configuration;

/// <summary>How .NET types look in a configuration file.</summary>
internal static class Shape
{
    private static readonly Type[] Numbers = [typeof(int), typeof(long), typeof(float), typeof(double)];

    /// <summary>The properties that are keys: public, with a setter, not static, in declaration order.</summary>
    public static IEnumerable<PropertyInfo> Properties(Type type) => !IsRecord(type)
        ? []
        : type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanRead && property.SetMethod is { IsPublic: true });

    /// <summary>The key of a property: its name in camel case.</summary>
    public static string Key(PropertyInfo property) => JsonNamingPolicy.CamelCase.ConvertName(property.Name);

    /// <summary>Whether a type is written as a map of its properties.</summary>
    public static bool IsRecord(Type type) =>
        type.IsClass && type != typeof(string) && !type.IsArray && ElementType(type) is null;

    /// <summary>The element type of an array or a list, null for anything else.</summary>
    public static Type? ElementType(Type type)
    {
        if (type.IsArray)
        {
            return type.GetElementType();
        }

        Type[] lists = [typeof(IReadOnlyList<>), typeof(IReadOnlyCollection<>), typeof(IEnumerable<>)];
        return type.IsGenericType && lists.Contains(type.GetGenericTypeDefinition()) ? type.GenericTypeArguments[0] : null;
    }

    /// <summary>What a message calls a type: "a whole number", "one of: mf, lightGcn".</summary>
    public static string Describe(Type type)
    {
        Type bare = Nullable.GetUnderlyingType(type) ?? type;
        return bare switch
        {
            _ when bare == typeof(int) || bare == typeof(long) => "a whole number",
            _ when Numbers.Contains(bare) => "a number",
            _ when bare == typeof(bool) => "true or false",
            _ when bare == typeof(string) => "text",
            _ when bare.IsEnum => "one of: " + string.Join(", ", Enum.GetNames(bare).Select(Camel)),
            _ when ElementType(bare) is { } element => $"a list, each {Describe(element)}",
            _ => "a map with the keys " + string.Join(", ", Properties(bare).Select(Key)),
        };
    }

    /// <summary>An enum member's name as written in files.</summary>
    public static string Camel(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);

    /// <summary>Finds an enum member by its name in camel, kebab or snake case.</summary>
    public static object? EnumValue(Type type, string text)
    {
        string plain = text.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
        string? name = Enum.GetNames(type)
            .FirstOrDefault(name => string.Equals(name, plain, StringComparison.OrdinalIgnoreCase));
        return name is null ? null : Enum.Parse(type, name);
    }

    /// <summary>The end of a sentence about an unknown key: the nearest known one, or all of them.</summary>
    public static string Suggest(string key, IReadOnlyList<string> known)
    {
        string? nearest = known.Where(name => Distance(name, key) <= Math.Max(1, Math.Min(name.Length, key.Length) / 3))
            .MinBy(name => Distance(name, key));
        return nearest is null ? $"have: {string.Join(", ", known)}" : $"did you mean '{nearest}'?";
    }

    // Edits between two keys, a swap of neighbours counted as one; case is ignored.
    private static int Distance(string left, string right)
    {
        left = left.ToUpperInvariant();
        right = right.ToUpperInvariant();
        int[,] edits = new int[left.Length + 1, right.Length + 1];
        for (int i = 0; i <= left.Length; i++)
        {
            for (int j = 0; j <= right.Length; j++)
            {
                edits[i, j] = i == 0 || j == 0 ? i + j : Math.Min(
                    edits[i - 1, j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1),
                    Math.Min(edits[i - 1, j], edits[i, j - 1]) + 1);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    edits[i, j] = Math.Min(edits[i, j], edits[i - 2, j - 2] + 1);
                }
            }
        }

        return edits[left.Length, right.Length];
    }
}
