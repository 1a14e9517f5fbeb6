using System.Globalization;
using ThinkRec.Bench.Data;

// `generate` writes raw files; `pass` prepares them once and prints one JSON line; `report` makes the table of the lines that run.sh gathered.
return args switch
{
    ["generate", string kind, string folder, string megabytes] => RawLog.Write(kind, folder, long.Parse(megabytes, CultureInfo.InvariantCulture) * 1_000_000),
    ["pass", string kind, string raw, string prepared] => Pass.Run(kind, raw, prepared, Console.Out),
    ["report", string folder] => Report.Print(folder, Console.Out),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: ThinkRec.Bench.Data generate KIND FOLDER MEGABYTES | pass KIND RAW PREPARED | report FOLDER; KIND: amazon, yelp or ml-1m");
    return 2;
}
