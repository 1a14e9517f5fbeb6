using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace ThinkRec.Training.Configuration;

/// <summary>Makes records from values as read; collects what does not fit instead of stopping.</summary>
internal sealed class Binder(List<string> problems)
{
    private const NumberStyles Real = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>What a message calls a value that is not what was expected.</summary>
    public static string Found(YamlValue value) => value switch
    {
        YamlScalar { IsNull: true } => "nothing",
        YamlScalar scalar => $"'{scalar.Text}'",
        YamlList => "a list",
        _ => "a map",
    };

    /// <summary>Makes a value of a type; null, with a problem added, where the value does not fit.</summary>
    public object? Bind(YamlValue value, Type type, string path)
    {
        Type bare = Nullable.GetUnderlyingType(type) ?? type;
        if (value is YamlList list && Shape.ElementType(bare) is { } element)
        {
            return BindList(list, bare, element, path);
        }

        if (value is YamlMap map && Shape.IsRecord(bare))
        {
            return BindRecord(map, bare, path);
        }

        object? result = value is YamlScalar scalar ? Parse(scalar, bare) : null;
        if (result is null)
        {
            problems.Add($"{value.Place}: {path} must be {Shape.Describe(type)} but is {Found(value)}");
        }

        return result;
    }

    private object? BindRecord(YamlMap map, Type type, string path)
    {
        PropertyInfo[] properties = [.. Shape.Properties(type)];
        string[] known = [.. properties.Select(Shape.Key)];
        string prefix = path.Length == 0 ? "" : path + ".";
        foreach ((string key, (_, string place)) in map.Entries.Where(entry => !known.Contains(entry.Key)))
        {
            problems.Add($"{place}: unknown key '{prefix}{key}', {Shape.Suggest(key, known)}");
        }

        object? record = Activator.CreateInstance(type);
        var nullability = new NullabilityInfoContext();
        foreach (PropertyInfo property in properties)
        {
            string key = Shape.Key(property);
            if (!map.Entries.TryGetValue(key, out var entry))
            {
                if (property.IsDefined(typeof(RequiredMemberAttribute)))
                {
                    problems.Add($"{map.Place}: the key '{prefix}{key}' is missing");
                }
            }
            else if (entry.Value is YamlScalar { IsNull: true }
                && nullability.Create(property).WriteState == NullabilityState.Nullable)
            {
                property.SetValue(record, null);
            }
            else if (Bind(entry.Value, property.PropertyType, prefix + key) is { } value)
            {
                property.SetValue(record, value);
            }
        }

        return record;
    }

    private Array BindList(YamlList list, Type type, Type element, string path)
    {
        var items = Array.CreateInstance(element, list.Items.Count);
        for (int i = 0; i < list.Items.Count; i++)
        {
            if (Bind(list.Items[i], element, $"{path}[{i}]") is { } item)
            {
                items.SetValue(item, i);
            }
        }

        return items;
    }

    private static object? Parse(YamlScalar scalar, Type type)
    {
        string text = scalar.Text;
        if (type == typeof(string))
        {
            return scalar.IsNull ? null : text;
        }

        if (scalar.IsQuoted)
        {
            return null;
        }

        CultureInfo culture = CultureInfo.InvariantCulture;
        return type switch
        {
            _ when type.IsEnum => Shape.EnumValue(type, text),
            _ when type == typeof(bool) => text is "true" ? true : text is "false" ? false : null,
            _ when type == typeof(int) => int.TryParse(text, NumberStyles.AllowLeadingSign, culture, out int i) ? i : null,
            _ when type == typeof(long) => long.TryParse(text, NumberStyles.AllowLeadingSign, culture, out long l) ? l : null,
            _ when type == typeof(float) =>
                float.TryParse(text, Real, culture, out float f) && float.IsFinite(f) ? f : null,
            _ when type == typeof(double) =>
                double.TryParse(text, Real, culture, out double d) && double.IsFinite(d) ? d : null,
            _ => null,
        };
    }
}
