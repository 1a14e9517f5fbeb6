using ThinkRec.Bench.Engine;

// `pass` measures once and prints one JSON line; `report FOLDER` compares the lines that run.sh gathered.
return args switch
{
    ["pass"] => Pass.Print(Console.Out),
    ["report", string folder] => Report.Print(folder, Console.Out),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: ThinkRec.Bench.Engine pass | report FOLDER");
    return 2;
}
