namespace ThinkRec.Data.Preparation;

/// <summary>Names of the states, territories and provinces that Yelp abbreviates.</summary>
/// <remarks>Differs from the authors' notebook: theirs takes the two letters for a country, and California becomes Canada.</remarks>
internal static class Regions
{
    private static readonly Dictionary<string, string> Names = new[]
    {
        "AL Alabama", "AK Alaska", "AZ Arizona", "AR Arkansas", "CA California", "CO Colorado", "CT Connecticut", "DE Delaware", "DC District of Columbia",
        "FL Florida", "GA Georgia", "HI Hawaii", "ID Idaho", "IL Illinois", "IN Indiana", "IA Iowa", "KS Kansas", "KY Kentucky", "LA Louisiana", "ME Maine",
        "MD Maryland", "MA Massachusetts", "MI Michigan", "MN Minnesota", "MS Mississippi", "MO Missouri", "MT Montana", "NE Nebraska", "NV Nevada",
        "NH New Hampshire", "NJ New Jersey", "NM New Mexico", "NY New York", "NC North Carolina", "ND North Dakota", "OH Ohio", "OK Oklahoma", "OR Oregon",
        "PA Pennsylvania", "RI Rhode Island", "SC South Carolina", "SD South Dakota", "TN Tennessee", "TX Texas", "UT Utah", "VT Vermont", "VA Virginia",
        "WA Washington", "WV West Virginia", "WI Wisconsin", "WY Wyoming",
        "AS American Samoa", "GU Guam", "MP Northern Mariana Islands", "PR Puerto Rico", "VI Virgin Islands",
        "AB Alberta", "BC British Columbia", "MB Manitoba", "NB New Brunswick", "NL Newfoundland and Labrador", "NS Nova Scotia", "NT Northwest Territories",
        "NU Nunavut", "ON Ontario", "PE Prince Edward Island", "QC Quebec", "SK Saskatchewan", "YT Yukon",
    }.ToDictionary(entry => entry[..2], entry => entry[3..], StringComparer.Ordinal);

    /// <summary>The name of a region; an abbreviation that is not known stays as it is.</summary>
    public static string? NameOf(string? code) => code is null ? null : Names.GetValueOrDefault(code.Trim(), code.Trim());
}
