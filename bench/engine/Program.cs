using ThinkRec.Bench.Engine;

// `core` names the BLAS kernels that the engine chooses; `pass` measures once and prints one JSON line; `report FOLDER` compares the
// lines that run.sh gathered.
return args switch
{
    ["core"] => Core(),
    ["pass"] => Pass.Print(Console.Out),
    ["report", string folder] => Report.Print(folder, Console.Out),
    _ => Usage(),
};

static int Core()
{
    Console.WriteLine(ThinkRec.Torch.Engine.BlasCore);
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine("usage: ThinkRec.Bench.Engine core | pass | report FOLDER");
    return 2;
}
