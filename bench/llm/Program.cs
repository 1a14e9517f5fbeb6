using ThinkRec.Bench.Llm;

// `core` names the BLAS kernels that the engine chooses; `weights SHAPE FOLDER` writes a model that both sides read; `pass SHAPE FOLDER` measures once
// and prints one JSON line; `report FOLDER` compares the lines that run.sh gathered.
return args switch
{
    ["core"] => Core(),
    ["weights", string shape, string folder] => Weights.Write(shape, folder),
    ["pass", string shape, string folder] => Pass.Print(shape, folder, Console.Out),
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
    Console.Error.WriteLine($"usage: ThinkRec.Bench.Llm core | weights SHAPE FOLDER | pass SHAPE FOLDER | report FOLDER, with SHAPE {string.Join(" or ", Shapes.All.Keys)}");
    return 2;
}
