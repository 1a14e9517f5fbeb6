using ThinkRec.Bench.Encoders;

// `core` names the BLAS kernels that the engine chooses; `pass` and `quality` measure once and print one JSON line; `report FOLDER` makes the
// table of the lines that run.sh gathered; `generate` and `scale` are for scale.sh.
return args switch
{
    ["core"] => Core(),
    ["pass", string method, string data] => Pass.Speed(method, data, Console.Out),
    ["quality", string method, string data] => Pass.Quality(method, data, Console.Out),
    ["report", string folder] => Report.Print(folder, Console.Out),
    ["generate", string folder, string users, string items, string rows] => MadeUpLog.Write(folder, int.Parse(users), int.Parse(items), int.Parse(rows)),
    ["scale", string method, string data] => Scale.Print(method, data, Console.Out),
    _ => Usage(),
};

static int Core()
{
    Console.WriteLine(ThinkRec.Torch.Engine.BlasCore);
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine("usage: ThinkRec.Bench.Encoders core | pass METHOD DATA | quality METHOD DATA | report FOLDER"
        + " | generate FOLDER USERS ITEMS ROWS | scale METHOD DATA");
    return 2;
}
