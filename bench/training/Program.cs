using ThinkRec.Bench.Training;

// `core` names the BLAS kernels that the engine chooses; `rows SHAPE FOLDER` writes model and rows for both sides; `pass SHAPE CASE FOLDER` measures
// once and prints one JSON line; `report FOLDER` compares the lines that run.sh gathered.
return args switch
{
    ["core"] => Core(),
    ["rows", string shape, string folder] => Rows.Write(shape, folder),
    ["pass", string shape, string name, string folder] => Pass.Print(shape, name, folder, Console.Out),
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
    Console.Error.WriteLine($"usage: ThinkRec.Bench.Training core | rows SHAPE FOLDER | pass SHAPE CASE FOLDER | report FOLDER, with SHAPE {string.Join(" or ", Shape.All.Keys)} and CASE {string.Join(", ", Pass.Cases)}");
    return 2;
}
